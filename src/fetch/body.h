/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The content of an exchange: where its bytes go to or come from. Nothing is held but what a full pipe did
 * not take. */
#include "base/ownership.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BODY_PENDING_MAX (128u << 10)

struct body {
    int fd;            /* lent; -EBADF: bytes are kept in `text` */
    bool seekable;     /* a file: positions are ours; else a pipe */
    uint64_t start;    /* a file's position 0 of this body */
    uint64_t limit;    /* bytes that may come or that there are */
    uint64_t position; /* bytes that went through, without `skip` */
    uint64_t skip;     /* bytes of the answer that are there already: the server began before them */
    char *pending;     /* what a pipe did not take yet */
    size_t pending_size, pending_at;
    bool waiting; /* the pipe was full, or empty: poll it */
    int error;    /* negative errno of the descriptor, -EFBIG above the limit */
};

/* For a descriptor of the engine's: pipes become non-blocking. 0 or negative errno. */
int body_open(struct body *b, int fd) must_check;
/* Writes what came. True: taken; false: the pipe is full (waiting), or failed (error). */
bool body_write(struct body *b, const char *data, size_t size);
/* What a full pipe did not take, once more. True: nothing is left. */
bool body_flush(struct body *b);
/* Up to `size` bytes of what is to be sent; 0 with `waiting`: none yet; 0 without: the end, or an error. */
size_t body_read(struct body *b, char *data, size_t size);
/* Bytes that were taken from the network: those of the pending ones too. */
uint64_t body_taken(const struct body *b);
/* Back to that place; false: a pipe is elsewhere. */
bool body_rewind(struct body *b, uint64_t position);
void body_close(struct body *b);
