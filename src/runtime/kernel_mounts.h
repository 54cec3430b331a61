/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* File systems that show a namespace: proc, sysfs, mqueue, the cgroup tree; and the sysctls of those
 * namespaces. The supervisor mounts them from inside the payload's namespaces, keeping its own mount and user
 * namespace. */
#include "kernel/cgroup.h"
#include "runtime/workspace.h"

struct host_namespaces {
    int net, ipc, cgroup;
};

#define HOST_NAMESPACES_EMPTY                                                                                \
    {                                                                                                        \
        -EBADF, -EBADF, -EBADF                                                                               \
    }

int host_namespaces_open(struct host_namespaces *h, int proc_fd) must_check;
void host_namespaces_close(struct host_namespaces *h);

bool kernel_mount_needs_namespace(const struct mount_plan *mount);
struct kernel_mounts {
    const struct start_plan *plan;
    const struct host_namespaces *host;
    const struct cgroup *cgroup; /* what the view at /sys/fs/cgroup shows */
    pid_t pid;                   /* of the payload, which has all of its namespaces and is in its groups */
    int pidfd;                   /* the same */
    uint64_t made;               /* CLONE_NEW* of those that it has for itself: entered in one call */
    /* Attaches all of the plan's mounts instead, in their order; NULL: those that show a namespace. */
    int (*attach)(void *context, const struct kernel_mounts *mounts, int pidns_fd);
    void *context;
};

/* The control groups' view of whoever calls, at the mount's target. */
int kernel_mounts_attach_cgroup(struct workspace *w, const struct mount_plan *mount,
                                const struct cgroup *cgroup, struct failure *failure) must_check;

/* Attaches the plan's mounts of that kind and writes its sysctls; afterwards this process is in its own
 * namespaces again. */
int kernel_mounts_attach(struct workspace *w, const struct kernel_mounts *mounts,
                         struct failure *failure) must_check;
