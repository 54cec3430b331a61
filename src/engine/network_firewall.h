/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The nftables side of the private network: a table of the bridge's name in the families ip and bridge, and
 * an element for every published port and every container in its maps. docs/NETWORK.md says what each rule is
 * for. */
#include "base/failure.h"
#include "formats/network_leases.h"

/* Makes the tables anew with what all active leases need; what was there under that name is replaced in the
 * same transaction. `fd`: NETLINK_NETFILTER. */
int firewall_build(int fd, const struct network_leases *leases, struct failure *f) must_check;
/* Adds one container's elements. -ENOENT or -EEXIST (nothing recorded): the tables are not what the leases
 * say: build them. */
int firewall_add(int fd, const struct network_leases *leases, const struct network_lease *lease,
                 struct failure *f) must_check;
/* Takes the elements of one container out; 0 also when they, or the tables, are not there. */
int firewall_remove(int fd, const struct network_leases *leases, const struct network_lease *lease,
                    struct failure *f) must_check;
/* Removes the tables; 0 also when there are none. */
int firewall_destroy(int fd, const struct network_leases *leases, struct failure *f) must_check;

struct netlink_batch;
/* The messages of firewall_build(), for tests. */
void firewall_put_tables(struct netlink_batch *b, const struct network_leases *leases, bool replace);
