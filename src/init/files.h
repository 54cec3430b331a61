/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "init/span.h"

#include <unistd.h>

static inline void close_fd_(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* nothing can be done about it */
}

static inline void free_pointer_(void *p)
{
    extern void free(void *);
    free(*(void **)p);
}

/* Closed (freed) at the end of the scope; the variable must be initialised, -EBADF is the empty descriptor.
 */
#define autoclose __attribute__((cleanup(close_fd_)))
#define autofree __attribute__((cleanup(free_pointer_)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The whole of a regular file, at most `max` bytes, with a NUL behind it; the caller frees ret_text->data.
 * -EFBIG, -EISDIR, -EINVAL (no regular file), -ENOMEM or open(2)'s and read(2)'s error. */
int file_read(const char *path, size_t max, struct span *ret_text) __attribute__((warn_unused_result));
/* As above from a descriptor, which stays open; any kind of file (/proc has no sizes). */
int fd_read_all(int fd, size_t max, struct span *ret_text) __attribute__((warn_unused_result));
