/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Files to audit: opened without following what leads out, never blocking (a FIFO is refused), read with a
 * bound. */
#include "base/failure.h"

#include <stdbool.h>
#include <stddef.h>

#define SOURCE_SIZE_MAX (16u << 20)

/* The whole of a regular file that the caller names in their own words. A NUL that is not counted
 * follows. -ENOENT, -EACCES ..; -EFBIG: above SOURCE_SIZE_MAX; -EINVAL: no regular file; -ELOOP. With a
 * sentence. */
int source_read(const char *path, char **ret_data, size_t *ret_size, struct failure *failure) must_check;
/* As source_read() of `name` below the folder: links that lead out of it are refused (-EXDEV). */
int source_read_below(const char *folder, const char *name, char **ret_data, size_t *ret_size,
                      struct failure *failure) must_check;
/* The same below an open folder; `shown` is its name in sentences. */
struct source_folder {
    int fd;
    const char *shown;
};
int source_read_at(const struct source_folder *folder, const char *name, char **ret_data, size_t *ret_size,
                   struct failure *failure) must_check;
/* As source_read() of standard input. */
int source_read_stdin(char **ret_data, size_t *ret_size, struct failure *failure) must_check;
/* `name` relative to the folder of `file`; an absolute name stays. Normalised: no ".", no "x/..". The caller
 * frees it. NULL: no memory. */
char *source_beside(const char *file, const char *name) must_check;
/* As source_beside() with a folder. */
char *source_join(const char *folder, const char *name) must_check;
