/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Whole files: read with a bound, written so that a reader sees the old content or the new one. */
#include "base/ownership.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Writes all of `data`, however many calls it takes. 0 or negative errno. */
int fd_write_all(int fd, const void *data, size_t size) must_check;
/* Reads until `size` bytes are there or the stream ends; the number read or negative errno. */
ssize_t fd_read_all(int fd, void *data, size_t size) must_check;

/* The whole of an open file or stream from its current position, at most `max_bytes`: -EFBIG when there is
 * more. A NUL that is not counted follows the last byte. The caller frees *ret_data; ret_size may be NULL. */
int fd_read_whole(int fd, size_t max_bytes, char **ret_data, size_t *ret_size) must_check;
/* The same for a path of ours (a symbolic link as its last component is refused: -ELOOP). */
int file_read_all(int dirfd, const char *path, size_t max_bytes, char **ret_data,
                  size_t *ret_size) must_check;

/* Replaces `name` (one component) in the folder: a temporary file ".NAME.XXXXXXXX", mode 0600, then
 * rename(2). With `sync` the content is on the disk before the new name is, and the folder after it. 0 or
 * negative errno; nothing is left behind by a failure. */
int file_write_atomic(int dirfd, const char *name, const void *data, size_t size, bool sync) must_check;
