/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What containers have taken on the private network, as a text file of ours:
 *
 *     unroot-network 1
 *     bridge unroot0
 *     subnet 10.87.0.0/16
 *     last 10.87.0.3
 *     lease ID NAME 10.87.0.2 unroot0-1a2b3c active
 *     port 0.0.0.0 tcp 8080 80
 *
 * NAME is "-" when there is none; a "port" line (host address, protocol, host port, container port) belongs
 * to the lease above it. A lease that is `leaving` waits for the removal of rules and link, one
 * that is `closed` only for that of its link. */
#include "base/report.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define NETWORK_INTERFACE_SIZE 16 /* IFNAMSIZ */
#define NETWORK_PREFIX_LENGTH 16
#define NETWORK_GATEWAY_HOST 1 /* the bridge is .0.1 of its subnet */

enum lease_state { LEASE_ACTIVE, LEASE_LEAVING, LEASE_CLOSED };

struct lease_port {
    uint32_t address; /* host byte order; 0: any */
    uint8_t protocol; /* IPPROTO_TCP, IPPROTO_UDP */
    uint16_t host_port, container_port;
};

struct network_lease {
    char id[65];
    char name[129]; /* "" when there is none */
    uint32_t address;
    char interface[NETWORK_INTERFACE_SIZE];
    enum lease_state state;
    struct lease_port *ports;
    size_t port_count;
};

struct network_leases {
    char bridge[NETWORK_INTERFACE_SIZE]; /* "" as long as nothing was taken */
    uint32_t subnet;
    uint32_t last; /* the address given out last: the search goes on behind it */
    struct network_lease *items;
    size_t count;
};

#define autoleases __attribute__((cleanup(network_leases_free)))

/* -EINVAL with findings ("name:3"), -ENOMEM. An empty file is an empty list. */
int network_leases_parse(const char *name, const char *data, size_t size, struct report *report,
                         struct network_leases *ret_leases) must_check;
void network_leases_write(const struct network_leases *leases, struct text *text);
void network_leases_free(struct network_leases *leases);

/* May stand in the file as an id: [A-Za-z0-9_.-]{1,64}. */
bool network_id_is_valid(const char *id);
struct network_lease *network_leases_find(const struct network_leases *leases, const char *id);
/* A zeroed lease at the end; NULL: no memory. Earlier pointers to leases are void. */
struct network_lease *network_leases_add(struct network_leases *leases) must_check;
void network_leases_remove(struct network_leases *leases, struct network_lease *lease);
/* The active lease whose ports collide with `port` (same protocol and number, same address or one of them
 * any), or NULL. */
const struct network_lease *network_leases_find_port(const struct network_leases *leases,
                                                     const struct lease_port *port);
/* The next address of the subnet behind `last` that no lease has. -ENOSPC. */
int network_leases_choose_address(const struct network_leases *leases, uint32_t *ret_address) must_check;
/* Whether an address in words is one of the subnet that no lease has, and may be given to a container. */
bool network_leases_find_address(const struct network_leases *leases, const char *word,
                                 uint32_t *ret_address);
/* The interface's fixed hardware address: 0e:75 and the IPv4 address, so that no neighbour's ARP cache is
 * ever wrong. */
void network_mac_of(uint32_t address, uint8_t ret_mac[6]);
