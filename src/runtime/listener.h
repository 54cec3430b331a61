/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The start of a process whose seccomp filter asks a listener, seccomp_unotify(2).
 *
 * What such a process calls after the filter stands may wait for an answer that nobody gives, so it calls
 * nothing but execve(2). Whoever starts it follows it by ptrace(2) instead: takes the listener's descriptor
 * when seccomp(2) returns it, gives it away while the process stands still, and sees whether it could be
 * executed. */
#include "base/failure.h"

#include <stdbool.h>
#include <sys/types.h>

struct listener_start {
    pid_t pid;
    int pidfd;
    const char *program; /* argv[0], for sentences */
    void *context;
    /* The descriptor is lent. */
    int (*give)(void *context, pid_t pid, int listener_fd, struct failure *failure);
};

struct listener_end {
    bool ended_early;  /* by itself, before there was a filter: it has told the reason where it tells all of
                          them */
    int execute_error; /* what failed was executing the program */
};

/* Takes hold of a process that waits for its caller (a FIFO, a channel) before its filter. */
int listener_hold(pid_t pid, struct failure *failure) must_check;
/* Follows it until it has executed: 0. On failure it has ended; the end of the caller ends it too. */
int listener_follow(const struct listener_start *start, struct listener_end *ret_end,
                    struct failure *failure) must_check;
