/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The user's standard output or error, written without ever blocking on it: a CLI that hangs in write(2)
 * because its reader is slow could not be interrupted. O_NONBLOCK must not be set on a descriptor that other
 * programs share. */
#include "base/ownership.h"

#include <stdbool.h>
#include <stddef.h>

enum relay_sink_kind {
    SINK_NONE,     /* not attached: what is written is gone */
    SINK_PLAIN,    /* a regular file: does not block */
    SINK_SOCKET,   /* send(2) can be told not to block */
    SINK_REOPENED, /* a pipe or terminal, opened anew with O_NONBLOCK */
    SINK_POLLED,   /* could not be opened anew: small pieces after poll(2) */
};

struct relay_sink {
    enum relay_sink_kind kind;
    int fd; /* to write to */
    bool owns_fd;
    const char *bytes; /* not yet written; lent until `size` is 0 */
    size_t size;
};

/* `fd` is lent; -EBADF: not attached. */
void relay_sink_init(struct relay_sink *s, int fd);
/* 0: all is written, -EAGAIN: poll(2) for POLLOUT on .fd; else the reason (-EPIPE, -EIO, -ENOSPC ..). */
int relay_sink_flush(struct relay_sink *s) must_check;
void relay_sink_close(struct relay_sink *s);
