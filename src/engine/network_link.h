/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A container's link: the pair of interfaces, and everything that is set inside its namespace. */
#include "engine/network.h"
#include "formats/network_leases.h"

/* Makes the pair of the lease between the bridge (its index) and the namespace, gives the inner end its
 * address and default route, and sets up loopback. On failure what was made is still there. */
struct network_link {
    const struct network_leases *leases;
    const struct network_lease *lease;
    unsigned int bridge; /* index */
    const struct network_namespace *namespace;
};

int network_link_make(int rtnl, const struct network_link *link, struct failure *f) must_check;
/* 0 also when it is gone. */
int network_link_remove(int rtnl, const struct network_lease *lease, struct failure *f) must_check;
