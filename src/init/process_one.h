/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Process 1: one child, signals forwarded, orphans reaped. */
#include "init/environment.h"
#include "init/signals.h"

struct process_one {
    bool group;            /* signals go to the child's process group, not to the child alone */
    bool own_session;      /* the child leads a session of its own, signals go to its group (dumb-init) */
    bool end_group;        /* the child's group gets SIGTERM when the child has ended (dumb-init) */
    bool subreaper;        /* orphans come to us even when we are not process 1 */
    bool wait_all;         /* end with the last process, not with the child */
    bool warn;             /* say which orphans were reaped */
    bool give_up_root;     /* uid 0 stays with the child alone: see process_one_run() */
    int64_t drain_ms;      /* how long a SIGTERM is held back; a second one goes through at once */
    int64_t kill_after_ms; /* SIGKILL so long after a SIGTERM was passed on; below 0: never */
    uint8_t rewrite[SIGNAL_COUNT + 1]; /* what signal N becomes, 0: swallowed */
    uint8_t to_zero[256];              /* 1: this exit status becomes 0 */
};

/* Everything off, signals as they are, kill_after_ms -1. */
void process_one_init(struct process_one *ret_process_one);
/* "TERM:QUIT", "15:0" into the rewrite table. */
int process_one_add_rewrite(struct process_one *p, const char *text, struct failure *f) must_check;

/* Starts the command and stays until it (wait_all: everything) has ended. Returns the exit status to end with
 * (the child's, 128 + signal, 126 or 127), or a negative errno when nothing could be started.
 * With give_up_root a caller that is uid 0 becomes 65532 with CAP_KILL alone once the child is there (without
 * CAP_KILL it stays uid 0 without any capability: otherwise it could not forward a signal). */
int process_one_run(const struct process_one *p, char **command, struct environment *e, struct failure *f);
/* Reaps what comes until SIGTERM or SIGINT (catatonit -P). Returns 0. */
int process_one_pause(void);
