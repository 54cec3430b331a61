/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Network interfaces: rtnetlink(7) messages put into a batch, and what the kernel says of one. The link_put_
 * functions only build messages; netlink_send() of the batch does the work, in the namespace of its socket.
 */
#include "kernel/netlink.h"

#include <stdbool.h>

#define LINK_NAME_SIZE 16 /* IFNAMSIZ */

struct link_facts {
    unsigned int index;
    unsigned int master; /* index of the bridge it is a port of, 0 for none */
    bool up;
};

/* A veth pair: one end here, a port of a bridge; the other one in a namespace. Both are made down. */
struct link_pair {
    const char *name;
    const uint8_t *mac;  /* 6 bytes */
    unsigned int bridge; /* index */
    const char *peer_name;
    const uint8_t *peer_mac;
    int peer_netns_fd;
};

/* -ENODEV when there is no interface of that name in the socket's namespace. */
int link_find(int fd, const char *name, struct link_facts *ret_facts) must_check;

/* A new bridge (-EEXIST when the name is taken), down, without spanning tree, its address fixed to `mac` so
 * that it does not change with its ports. */
void link_put_bridge(struct netlink_batch *b, const char *name, const uint8_t mac[6]);
void link_put_pair(struct netlink_batch *b, const struct link_pair *pair);
/* A bridge's port answers through the port that it was asked by: a container that uses its own published
 * port, where br_netfilter rewrites bridged frames. */
void link_put_hairpin(struct netlink_batch *b, const char *name);
void link_put_master(struct netlink_batch *b, const char *name, unsigned int bridge);
void link_put_up(struct netlink_batch *b, const char *name);
/* No IPv6 link-local address when it comes up. -EAFNOSUPPORT on a kernel without IPv6, where there is none
 * anyway. */
void link_put_no_link_local(struct netlink_batch *b, const char *name);
/* net.ipv4.conf.NAME.route_localnet=1: packets between this interface and 127.0.0.0/8 are not martians. */
void link_put_route_localnet(struct netlink_batch *b, const char *name);
/* -ENODEV when it is gone. */
void link_put_delete(struct netlink_batch *b, const char *name);

/* Calls `take` for every port of the bridge with its name; negative errno from it ends the walk. */
int link_walk_ports(int fd, unsigned int bridge, int (*take)(const char *name, void *context),
                    void *context) must_check;
