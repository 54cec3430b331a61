/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One start, from a plan to an executing payload. */
#include "base/failure.h"
#include "kernel/cgroup.h"
#include "plan/start.h"

struct supervisor_hooks {
    void *context;
    /* The root file system is mounted at root_fd: completes the plan with what only the image can tell (the
     * user). */
    int (*settle)(void *context, int root_fd, struct start_plan *plan, struct failure *failure);
    /* Connects the payload's network namespace; called as host root, not for joined or the host's networks.
     */
    int (*attach_network)(void *context, int netns_fd, int proc_fd, struct failure *failure);
};

struct supervisor_request {
    struct start_plan *plan; /* rootfs, id, host_base at least; the rest is settled by the hook */
    /* Absolute, ours: opened anew in the private mount namespace, where what the old one opened cannot be
     * mounted. */
    const char *anchor; /* any folder that exists: the workspace is attached over it, out of anyone's sight */
    const char *storage; /* ROOT/storage */
    bool interactive;    /* standard input stays open */
    struct cgroup_spec cgroup;
    struct supervisor_hooks hooks;
};

/* What a running payload has; the descriptors are the caller's and close-on-exec. */
struct supervisor_result {
    pid_t pid;
    int pidfd;
    int tty_fd; /* master side; else the pipes */
    int stdin_fd, stdout_fd, stderr_fd;
    struct cgroup cgroup;
    bool payload_failed; /* on failure: executing the program is what failed; `error` says 126 or 127 */
    int error;
};

/* Starts the payload as a child of the calling process, which must be single-threaded host root with all
 * capabilities and is that again afterwards, in its old mount namespace. On failure nothing of the start is
 * left but what the hooks made. */
int supervisor_run(const struct supervisor_request *request, struct supervisor_result *ret_result,
                   struct failure *failure) must_check;
