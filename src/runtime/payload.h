/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Process 1 of a container until it executes what it was made for. */
#include "kernel/cgroup.h"
#include "plan/oci.h"

/* What only an OCI engine's container has. */
struct payload_oci {
    const struct oci_plan *plan; /* NULL for an exec */
    const struct oci_process *process;
    struct oci_u32 personality;
    const struct oci_memory_policy *memory_policy;
    bool new_keyring;
    unsigned preserve_fds;              /* 3 .. 3 + n - 1 are the program's */
    int proc_fd;                        /* of the host's /proc */
    int start_fd, answer_fd, reason_fd; /* see creator.h; -EBADF for an exec */
    void *context;
    char *(*describe)(void *context, pid_t pid, const char *status); /* the state as hooks read it */
};

struct payload_start {
    const struct start_plan *plan;
    const struct payload_oci *oci; /* NULL: the engine's */
    const struct cgroup *cgroup;   /* to enter; NULL for an exec: its joiner did */
    int sync_fd;
    int mount_fd;            /* a mount namespace to join, or -EBADF: it copies the tree */
    int streams[3];          /* standard streams; -EBADF with plan->process.tty, or for stdin: /dev/null */
    bool joined;             /* an exec: it is in all of its namespaces already, and outlives its parent */
    uint64_t new_namespaces; /* CLONE_NEW* to make after the user namespace exists */
};

/* Never returns: executes, or sends its failure and ends. */
_Noreturn void payload_run(const struct payload_start *start);
