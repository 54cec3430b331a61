/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The creator's state and how it puts a container's tree together: the root, then the mounts in the order of
 * the configuration. For creator*.c alone. */
#include "runtime/creator.h"
#include "runtime/net_devices.h"
#include "runtime/supervisor_role.h"

struct creator {
    struct supervisor base; /* first: the shared steps take it as theirs */
    const struct creator_request *request;
    struct engine_rootfs rootfs;
    struct net_devices devices; /* moved into the container */
    int *mounts;                /* of the plan's mounts: made and not yet attached, or -EBADF */
    size_t attached;            /* how many of them are */
};

/* Finds out what the bundle's root is; in the private mount namespace, still as host root. */
int creator_find_root(struct creator *c) must_check;
/* Attaches it, idmapped, over the bundle's own folder: hooks look for it there. */
int creator_attach_root(struct creator *c) must_check;
/* Makes all mounts that need nothing of the payload, while that makes its namespaces. */
int creator_make_mounts(struct creator *c) must_check;
/* Attaches those that come before the first one that shows the payload's namespaces. */
int creator_attach_first_mounts(struct creator *c) must_check;
/* Makes the others and attaches all in their order; writes the sysctls. */
int creator_attach_mounts(struct creator *c) must_check;
/* Ids, capability sets, no_new_privs and filter of the payload as /proc shows them; it is ready. */
int creator_check_process(struct creator *c) must_check;
void creator_close_mounts(struct creator *c);
