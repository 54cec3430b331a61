/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The namespaces of one start: new, joined, or the runtime's. */
#include "base/failure.h"
#include "plan/oci.h"

#include <errno.h>

struct namespaces {
    int joined[OCI_NAMESPACE_COUNT]; /* to join; -EBADF: none */
    int own[OCI_NAMESPACE_COUNT];    /* where we came from, for those that we enter ourselves */
    uint64_t first;                  /* CLONE_NEW* for the clone */
    uint64_t later;                  /* CLONE_NEW* that the payload makes itself, in its user namespace */
    bool new_time;
    char offsets[128]; /* for /proc/self/timens_offsets, time_namespaces(7); "": none */
    int proc_fd;
};

#define NAMESPACES_NO_FD                                                                                     \
    {                                                                                                        \
        -EBADF, -EBADF, -EBADF, -EBADF, -EBADF, -EBADF, -EBADF, -EBADF                                       \
    }
#define NAMESPACES_EMPTY                                                                                     \
    {                                                                                                        \
        .joined = NAMESPACES_NO_FD, .own = NAMESPACES_NO_FD, .proc_fd = -EBADF                               \
    }

/* For the engine's own containers, whose plan names processes. In the runtime's own namespaces; `proc_fd` is
 * lent. */
int namespaces_open_shared(struct namespaces *n, const struct namespace_plan *plan, int proc_fd,
                           struct failure *failure) must_check;
/* Opens what an OCI configuration joins by path and checks of what kind it is; the same. */
int namespaces_open(struct namespaces *n, const struct oci_plan *plan, int proc_fd,
                    struct failure *failure) must_check;
/* Whether a mount namespace by path is one that the container may be in: it belongs to the container's user
 * namespace, and is not the runtime's own. -EPERM */
int namespaces_check_mounts(const struct namespaces *n, struct failure *failure) must_check;
/* Before the clone: enters what is joined, but user and mount namespaces, so that the container has no power
 * over it. */
int namespaces_enter(struct namespaces *n, struct failure *failure) must_check;
/* After it: goes back; nothing happens when none was entered. */
int namespaces_leave(struct namespaces *n, struct failure *failure) must_check;
void namespaces_close(struct namespaces *n);
