/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a folder holds: readdir(3). */
#include "base/ownership.h"
#include "base/strings.h"

/* The names in the folder, sorted by their bytes, without "." and "..", appended to *ret_names (also those
 * read before a failure). Takes `folder_fd`, which is open for reading, and closes it in any case. Negative
 * errno. */
int folder_list(int folder_fd, struct strings *ret_names) must_check;
