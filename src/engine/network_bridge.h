/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The bridge that all containers of one RUNROOT share, and its subnet. `rtnl` is a NETLINK_ROUTE socket. */
#include "base/failure.h"
#include "formats/network_leases.h"

/* A free name (unroot0, unroot1 .. for another RUNROOT) and a /16 that no route of the host touches, into
 * `leases`; nothing is made. -ENOSPC when all are taken. */
int bridge_choose(int rtnl, struct network_leases *leases, struct failure *f) must_check;
/* Finds the bridge of `leases` or makes it, with its address, up. *ret_made: it was not there (links of
 * containers that were its ports are its ports again). -EEXIST (nothing recorded): somebody else just took
 * the name. */
int bridge_ensure(int rtnl, const struct network_leases *leases, unsigned int *ret_index, bool *ret_made,
                  struct failure *f) must_check;
/* 0 also when there is none. */
int bridge_remove(int rtnl, const struct network_leases *leases, struct failure *f) must_check;

/* The first /16 of ours that does not overlap any of the routes marked; for tests. */
struct subnet_choice {
    bool taken[256];
};
int subnet_choice_mark(uint32_t network, uint8_t prefix_length, void *choice);
int subnet_choice_first(const struct subnet_choice *choice, uint32_t *ret_subnet) must_check;
