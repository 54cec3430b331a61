/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The numbered files of a log (formats/log_line.h log_name_format()). All: 0 or negative errno. */
#include "base/ownership.h"

#include <stdint.h>

/* Opens the newest file for appending, or makes the first. What a crash left of an entry at its end is cut
 * off; files beyond `max_files` are removed. Close-on-exec; the caller's. */
int log_files_open(int folder_fd, uint32_t max_files, uint32_t *ret_number, int *ret_fd,
                   uint64_t *ret_size) must_check;
/* Makes the file after *number and removes the oldest; *fd is replaced and the old one closed. Nothing has
 * changed on failure. -ERANGE: no number is left. */
int log_files_rotate(int folder_fd, uint32_t max_files, uint32_t *number, int *fd) must_check;
