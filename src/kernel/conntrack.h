/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Connection tracking: what the kernel remembers of conversations, and making it forget some
 * (nfnetlink_conntrack.h). */
#include "kernel/netlink.h"

#include <stdbool.h>

/* An IPv4 conversation as it was begun. Addresses and ports in host byte order. */
struct conntrack_flow {
    uint32_t source, destination;
    uint16_t destination_port;
    uint8_t protocol;
    uint32_t answerer; /* who answers: `destination`, or where it was redirected to */
};

/* Forgets every conversation of the protocol with that destination port for which `is_wanted` says so, so
 * that its next packet is treated as its first. `fd`: NETLINK_NETFILTER. -EOPNOTSUPP on a kernel without
 * nf_conntrack_netlink. */
int conntrack_forget(int fd, uint8_t protocol, uint16_t destination_port,
                     bool (*is_wanted)(const struct conntrack_flow *flow, void *context),
                     void *context) must_check;
