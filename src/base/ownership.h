/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Ownership seen where it is taken: cleanup attributes for locals, TAKE_* to hand over. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define must_check __attribute__((warn_unused_result))
#define printf_like(f, a) __attribute__((format(printf, f, a)))

static inline void ownership_free_(void *p)
{
    free(*(void **)p);
}

static inline void ownership_close_(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* nothing can be done about a failing close of a descriptor that is given up */
}

/* free(3) at the end of the scope; the variable must be initialised. */
#define autofree __attribute__((cleanup(ownership_free_)))
/* close(2) at the end of the scope unless negative; -EBADF is the empty descriptor. */
#define autoclose __attribute__((cleanup(ownership_close_)))

/* The value of the variable, which is left empty: the caller of the enclosing function owns it now. */
#define TAKE_FD(fd)                                                                                          \
    __extension__({                                                                                          \
        int taken_fd_ = (fd);                                                                                \
        (fd) = -9;                                                                                           \
        taken_fd_;                                                                                           \
    })
#define TAKE_PTR(p)                                                                                          \
    __extension__({                                                                                          \
        __typeof__(p) taken_ptr_ = (p);                                                                      \
        (p) = NULL;                                                                                          \
        taken_ptr_;                                                                                          \
    })

/* For the rare result that does not matter: gcc does not take (void) for an answer with must_check. The
 * reason stands beside it. */
#define ignore(expression)                                                                                   \
    __extension__({                                                                                          \
        __typeof__(expression) ignored_ = (expression);                                                      \
        (void)ignored_;                                                                                      \
    })

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
