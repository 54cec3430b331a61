/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Published ports of one start: checked against the leases and against the host's own sockets. */
#include "engine/network.h"
#include "formats/network_leases.h"

/* What `request` asks for that cannot be had whatever the host's state is: an IPv6 address, a protocol that
 * is not there, port 0 inside. */
int network_ports_check(const struct network_request *request, struct failure *f) must_check;
/* Binds every host port (choosing those that are 0 or of a range), into lease->ports and ret_result->ports,
 * port_fds and port_count, which the caller frees also on failure. `lease` is one of `leases`, without ports
 * yet. */
int network_ports_take(const struct network_request *request, const struct network_leases *leases,
                       struct network_lease *lease, struct network_result *ret_result,
                       struct failure *f) must_check;

/* Conversations over udp that began before the port was published, or with an earlier container, keep their
 * old way as long as somebody speaks: forgets those that should come to this lease. `nft`: NETLINK_NETFILTER.
 */
int network_ports_redirect(int rtnl, int nft, const struct network_leases *leases,
                           const struct network_lease *lease, struct failure *f) must_check;
