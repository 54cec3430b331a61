/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/ownership.h"

/* The path of the running program; the caller frees it. */
int programs_own_path(char **ret_path) must_check;
/* The folder of our helper programs, of which `helper` is one: beside the running program (a build folder) or
 * LIBEXECDIR; the caller frees it. */
int programs_find(const char *helper, char **ret_folder) must_check;
