/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a stage's process tells the main process: messages over a pipe. */
#include "base/failure.h"
#include "base/text.h"

#include <stdint.h>

enum build_message_kind {
    BUILD_STEP_BEGINS = 1, /* the title: "[2/4] RUN make" */
    BUILD_STEP_OUTPUT,     /* bytes of it */
    BUILD_STEP_CACHED,
    BUILD_STEP_DONE,
    BUILD_STEP_FAILED, /* its sentence */
    BUILD_RESULT,      /* the snapshot, also of a stage that failed: what it made is kept for the cache */
    BUILD_FAILURE,     /* struct failure: why the stage failed */
};

struct build_message {
    uint32_t kind, step; /* step: 1.. within the stage; 0: of the stage */
    uint32_t stream;     /* BUILD_STEP_OUTPUT: 1 or 2 */
    uint32_t size;       /* bytes that follow */
};

#define BUILD_MESSAGE_MAX (64u << 20)

/* Writes all of it; SIGPIPE must be ignored. 0 or negative errno. */
int build_message_send(int fd, const struct build_message *message, const void *data) must_check;

/* What came of a stage so far, and was not looked at yet. */
struct build_inbox {
    int fd; /* non-blocking is not needed: read after poll(2) */
    struct text bytes;
    size_t taken; /* of them */
};

/* Reads once. 1: something came; 0: the other side is gone; negative errno. */
int build_inbox_read(struct build_inbox *inbox) must_check;
/* The next whole message; its data is lent until the next call for this inbox. 1, 0: none yet, -EBADMSG. */
int build_inbox_next(struct build_inbox *inbox, struct build_message *ret_message,
                     const char **ret_data) must_check;
void build_inbox_close(struct build_inbox *inbox);
