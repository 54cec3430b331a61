/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Adding a process to a running container. */
#include "base/failure.h"
#include "kernel/cgroup.h"
#include "plan/start.h"
#include "runtime/listener.h"
#include "runtime/payload.h"

struct exec_plan {
    const struct process_plan *process;
    int pidfd;         /* the container's process 1 */
    uint32_t uid, gid; /* host ids of the user inside */
    const struct cgroup *cgroup;
    const struct payload_oci *oci;         /* NULL: the engine's */
    bool no_user_namespace;                /* OCI: the container has none of its own */
    const struct listener_start *listener; /* process->listens: program, context and give; else NULL */
    int streams[3]; /* the process's own ends; with process->tty all three are the terminal's device */
};

struct exec_started {
    pid_t pid;
    int pidfd; /* of the new process, a child of the caller; the caller's */
    bool payload_failed;
    int error; /* payload_failed: why it could not be executed */
};

/* A helper joins the namespaces, the user namespace first and the pid namespace last, so that nothing of the
 * host is ever visible inside: CVE-2016-9962. The caller is single-threaded host root. */
int exec_run(const struct exec_plan *plan, struct exec_started *ret_started,
             struct failure *failure) must_check;
