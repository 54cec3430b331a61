/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The namespaces of a container that an OCI engine describes: new, joined by path, or the runtime's. For
 * creator.c alone. */
#include "base/failure.h"
#include "plan/oci.h"

#include <errno.h>

struct namespaces {
    int joined[OCI_NAMESPACE_COUNT]; /* to join; -EBADF: none */
    int own[OCI_NAMESPACE_COUNT];    /* where the creator came from, for those that it enters itself */
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

/* Opens what is joined and checks of what kind it is; in the runtime's own namespaces. `proc_fd` is lent. */
int namespaces_open(struct namespaces *n, const struct oci_plan *plan, int proc_fd,
                    struct failure *failure) must_check;
/* Whether a mount namespace by path is one that the container may be in: it belongs to the container's user
 * namespace, and is not the runtime's own. -EPERM */
int namespaces_check_mounts(const struct namespaces *n, struct failure *failure) must_check;
/* Before the clone: enters what is joined (but user and mount namespaces, which are the payload's to join),
 * so that the container has no power over it. */
int namespaces_enter(struct namespaces *n, struct failure *failure) must_check;
/* After it. */
int namespaces_leave(struct namespaces *n, struct failure *failure) must_check;
void namespaces_close(struct namespaces *n);
