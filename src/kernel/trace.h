/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Following a process from call to call: ptrace(2). The tracer's death is the traced process's. */
#include "base/ownership.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum trace_kind {
    TRACE_ENTERS,   /* a system call: number and arguments */
    TRACE_LEAVES,   /* the same call: number, arguments and result */
    TRACE_EXECUTED, /* it is another program now */
    TRACE_SIGNAL,   /* one is about to be delivered; trace_next() decides */
    TRACE_OTHER,
    TRACE_ENDED, /* not reaped: that is its parent's */
};

struct trace_stop {
    enum trace_kind kind;
    uint64_t number, arguments[6];
    int64_t result; /* negative errno */
    int signal;
};

/* Takes hold of a process, which goes on when trace_next() is called. -EPERM: the caller has no
 * CAP_SYS_PTRACE over it, or something forbids tracing (yama, a filter); -ESRCH: it has ended, or is traced
 * already. */
int trace_begin(pid_t pid) must_check;
/* Lets it go on, with a signal (0: none), until it stops again. `stop` is what came before, and is filled. */
int trace_next(pid_t pid, int signal, struct trace_stop *stop) must_check;
/* Lets it go; it runs on. */
void trace_end(pid_t pid);
/* Ends it by SIGKILL and waits until it has ended; not reaped. */
void trace_kill(pid_t pid, int pidfd);
