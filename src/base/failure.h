/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What went wrong, in a fixed size: needs no allocation and crosses a socket unchanged. */
#include "base/ownership.h"

#define FAILURE_TEXT_SIZE 1000

struct failure {
    int error;     /* negative errno; 0 = nothing failed */
    char step[64]; /* "supervisor/mount-root-file-system": which step of a role failed; "": none. Said with
                      --debug */
    char text[FAILURE_TEXT_SIZE];
};

/* Records the sentence and returns `error` (negative errno), so that `return fail(f, r, "..")` reads well.
 * strerror(error) is appended after ": ". A sentence already recorded is kept behind the new one as its
 * reason: "starting web: mounting proc: Operation not permitted". Control characters become '?': names of
 * strangers stand in sentences. */
int fail(struct failure *f, int error, const char *format, ...) printf_like(3, 4);

/* As fail(), for a rule of ours that was broken: no strerror() behind the sentence. */
int refuse(struct failure *f, int error, const char *format, ...) printf_like(3, 4);

/* Puts "prefix: " before a recorded sentence; nothing happens when none is recorded. Returns f->error. */
int fail_within(struct failure *f, const char *format, ...) printf_like(2, 3);
