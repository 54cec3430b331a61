/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What went wrong and which exit status it gives. Every function here returns a negative errno, so that
 * `return fail_system(f, -errno, "opening %s", path)` reads well. */
#include "init/output.h"

#define must_check __attribute__((warn_unused_result))
/* Called by a process that stays: its locals must not become part of the caller's frame by inlining, because
 * pages of the stack that were touched once stay resident. */
#define own_frame __attribute__((noinline))

/* Exit statuses of our own; all others are the program's (or 128 + signal). Part of the interface. */
enum {
    EXIT_WOULD_BE_ROOT = 99, /* what was asked would run as root */
    EXIT_BAD_USAGE = 100,    /* the command line, the environment or the configuration is wrong */
    EXIT_SYSTEM = 111,       /* the system refused */
    EXIT_NOT_EXECUTABLE = 126,
    EXIT_NOT_FOUND = 127,
};

struct failure {
    int exit_code; /* 0 = nothing failed */
    char text[700];
};

/* The system refused: 111, and strerror(-error) after the sentence. Returns `error`. */
int fail_system(struct failure *f, int error, const char *format, ...) printf_like(3, 4);
/* The caller's words are wrong: 100. Returns -EINVAL. */
int fail_usage(struct failure *f, const char *format, ...) printf_like(2, 3);
/* It would run as root: 99. Returns -EPERM. */
int fail_root(struct failure *f, const char *format, ...) printf_like(2, 3);
