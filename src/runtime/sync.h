/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Named points that two roles meet at, over a SOCK_SEQPACKET pair. A failing peer sends its failure instead
 * of the next point; whoever finds the channel broken reads what was sent before that first. unix(7). */
#include "base/failure.h"

#include <stdint.h>

enum sync_point {
    SYNC_MAPPED,     /* supervisor: the maps of the payload's user namespace are written */
    SYNC_CLONED,     /* forerunner: the payload exists; the pid */
    SYNC_NAMESPACES, /* payload: its other namespaces exist */
    SYNC_ASSEMBLED,  /* supervisor: the tree is complete, copy it */
    SYNC_LOCKED,     /* payload: it has its own, locked copy and is about to drop and execute */
    SYNC_READY,      /* payload: all but executing is done; it waits for a `start` (OCI) */
    SYNC_COMMIT,     /* creator: what it leaves behind is written, live without me */
    SYNC_SCHEDULED,  /* exec's caller: scheduler, priority and processors of the new process are set */
    SYNC_STARTED,    /* supervisor to engine: the payload runs */
    SYNC_FAILED,
};

struct sync_message {
    uint32_t point; /* enum sync_point */
    int32_t value; /* SYNC_CLONED, SYNC_STARTED: the pid; SYNC_FAILED: what failed was the payload's execve(2)
                      if not 0 */
    struct failure failure;
};

/* A connected pair, both close-on-exec. */
int sync_make(int ret_pair[2]) must_check;
/* Tells the peer. When it is gone, what it said before it went is the failure. */
int sync_send(int fd, enum sync_point point, int32_t value, struct failure *failure) must_check;
/* When the peer has sent a failure already, that is the reason and replaces what is in `failure`. Never
 * waits. */
void sync_prefer_failure(int fd, struct failure *failure, int32_t *ret_value);
/* Sends a failure; that the peer is gone is no error. */
void sync_send_failure(int fd, const struct failure *failure, int32_t value);
/* Waits for exactly this point. A failure that came instead is copied to `failure` and its error returned.
 * -EPIPE: the peer ended without a word. -EPROTO: another point. ret_value may be NULL. */
int sync_wait(int fd, enum sync_point point, int32_t *ret_value, struct failure *failure) must_check;
/* Waits for the end of the channel: 0 when the peer's end closed without a word (it executed), else as
 * sync_wait(). ret_value (SYNC_FAILED's) may be NULL. */
int sync_wait_end(int fd, int32_t *ret_value, struct failure *failure) must_check;
