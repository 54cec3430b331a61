/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A host whose iptables (by nftables: docker's and ufw's) drop what is forwarded: in nftables what one table
 * accepts another may still drop, so two rules stand first in that FORWARD chain as long as there are
 * containers. */
#include "base/failure.h"
#include "formats/network_leases.h"

/* Makes sure that the rules are there if that chain is. `fd`: NETLINK_NETFILTER. */
int forward_allow(int fd, const struct network_leases *leases, struct failure *f) must_check;
/* Removes them; 0 also when there are none. */
int forward_disallow(int fd, const struct network_leases *leases, struct failure *f) must_check;
