/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* IPv4 addresses and routes, rtnetlink(7). Addresses are in host byte order: 10.87.0.1 is 0x0a570001. */
#include "kernel/netlink.h"

/* An address of the interface with its network's route. */
void route_put_address(struct netlink_batch *b, unsigned int interface, uint32_t address,
                       uint8_t prefix_length);
void route_put_default(struct netlink_batch *b, unsigned int interface, uint32_t gateway);

/* Every IPv4 route of every table except default routes: `take` gets its network and prefix length (1..32).
 */
int route_walk(int fd, int (*take)(uint32_t network, uint8_t prefix_length, void *context),
               void *context) must_check;

/* Whether packets to the address are for this host. */
int route_is_local(int fd, uint32_t address) must_check;
