/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One start for an OCI engine: everything but executing. What is created waits for a byte in a FIFO and is an
 * orphan as soon as the caller ends: no process of ours stays between it and whoever reaps orphans. */
#include "base/failure.h"
#include "kernel/cgroup.h"
#include "plan/oci.h"
#include "runtime/engine_rootfs.h"

struct creator_request {
    struct oci_plan *plan;
    const char *anchor; /* any folder of ours: the workspace is attached over it, out of anyone's sight */
    struct cgroup_spec cgroup;
    int user_fd;   /* the user namespace that the plan joins, when it has no path to it; -EBADF */
    int start_fd;  /* FIFO, opened for reading and writing: the payload waits for a byte in it */
    int answer_fd; /* FIFO, the same: a struct failure comes out of it, or its end when the program runs */
    int reason_fd; /* an empty file, for writing: the same struct failure, for when nobody reads the FIFO */
    bool new_keyring;
    unsigned preserve_fds; /* of the caller's: 3 .. 3 + n - 1 are the program's */
    void *context;
    /* The container's state as hooks read it, with this pid and status; the caller frees it; NULL: no memory.
     */
    char *(*describe)(void *context, pid_t pid, const char *status);
};

struct creator_result {
    pid_t pid;
    int pidfd;
    int tty_fd; /* the terminal's master side, or -EBADF */
    int sync_fd;
    struct cgroup cgroup;
    bool payload_failed; /* on failure: the program cannot be executed; `error` says why */
    int error;
};

/* The payload is a child of the caller, which must be single-threaded and is in its old namespaces again
 * afterwards. Until creator_commit() it ends with its creator. The descriptors are the caller's. On failure
 * nothing is left. */
int creator_run(const struct creator_request *request, struct creator_result *ret_result,
                struct failure *failure) must_check;
/* Lets go: pid file and state are written. -EPIPE: it has ended meanwhile. */
int creator_commit(struct creator_result *result, struct failure *failure) must_check;
/* Ends what was created and removes its control group. */
void creator_abandon(struct creator_result *result);
