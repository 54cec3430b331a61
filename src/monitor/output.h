/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the payload writes: two pipes, or the master side of its terminal. */
#include "formats/monitor_protocol.h"

#include <stdbool.h>
#include <stddef.h>

struct output {
    int fd; /* -EBADF: ended */
    enum monitor_stream stream;
    bool is_tty;
    int64_t retry_at_ms; /* a terminal that nobody has open: when to look again; 0 = now */
};

#define OUTPUT_RETRY_MS 100

/* Up to `room` bytes, or -EAGAIN; 0: it has ended and is closed. `ended`: the payload is dead, so a terminal
 * that nobody has open is one that nobody will open. */
ssize_t output_read(struct output *out, void *ret_bytes, size_t room, bool ended, int64_t now_ms) must_check;
