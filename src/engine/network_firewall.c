/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/network_firewall.h"

#include "kernel/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter_bridge.h>
#include <netinet/in.h>
#include <string.h>

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_ARP 0x0806

#define IP_SOURCE 12u
#define IP_DESTINATION 16u
#define PORT_DESTINATION 2u
#define ETHER_SOURCE 6u
#define ARP_SENDER_MAC 8u
#define ARP_SENDER_IP 14u

/* Priorities of nft(8): raw, dstnat, filter, srcnat. */
enum { PRIORITY_RAW = -300, PRIORITY_DESTINATION = -100, PRIORITY_FILTER = 0, PRIORITY_SOURCE = 100 };

/* The set's keys and the maps' keys and data as the kernel compares them: every part padded to four bytes. */
struct owner_key {
    char interface[16];
    uint8_t mac[8];
    uint32_t address;
};

struct published_key {
    uint32_t address;
    uint8_t protocol, padding1[3];
    uint16_t port, padding2;
};

struct published_anywhere_key {
    uint8_t protocol, padding1[3];
    uint16_t port, padding2;
};

struct target_data {
    uint32_t address;
    uint16_t port, padding;
};

#define SERVICE NFT_TYPES(NFT_TYPE_INET_PROTOCOL, NFT_TYPE_INET_SERVICE)

static const struct nft_set PUBLISHED = {
    .name = "published",
    .key_type = NFT_TYPES(NFT_TYPES(NFT_TYPE_IPV4_ADDRESS, NFT_TYPE_INET_PROTOCOL), NFT_TYPE_INET_SERVICE),
    .key_size = sizeof(struct published_key),
    .data_type = NFT_TYPES(NFT_TYPE_IPV4_ADDRESS, NFT_TYPE_INET_SERVICE),
    .data_size = sizeof(struct target_data)};

static const struct nft_set PUBLISHED_ANYWHERE = {.name = "published_anywhere",
                                                  .key_type = SERVICE,
                                                  .key_size = sizeof(struct published_anywhere_key),
                                                  .data_type =
                                                      NFT_TYPES(NFT_TYPE_IPV4_ADDRESS, NFT_TYPE_INET_SERVICE),
                                                  .data_size = sizeof(struct target_data)};

static const struct nft_set OWNERS = {
    .name = "owners",
    .key_type = NFT_TYPES(NFT_TYPES(NFT_TYPE_INTERFACE_NAME, NFT_TYPE_ETHER_ADDRESS), NFT_TYPE_IPV4_ADDRESS),
    .key_size = sizeof(struct owner_key)};

static const struct nft_chain CHAINS[] = {
    {"guard", "filter", NF_INET_PRE_ROUTING, PRIORITY_RAW},
    {"arriving", "nat", NF_INET_PRE_ROUTING, PRIORITY_DESTINATION},
    {"own", "nat", NF_INET_LOCAL_OUT, PRIORITY_DESTINATION},
    {"forward", "filter", NF_INET_FORWARD, PRIORITY_FILTER},
    {"leaving", "nat", NF_INET_POST_ROUTING, PRIORITY_SOURCE},
};

static const struct nft_chain BRIDGE_GUARD = {"guard", "filter", NF_BR_PRE_ROUTING, PRIORITY_RAW};

static struct nft_table table_ip(const struct network_leases *leases)
{
    return (struct nft_table){NFPROTO_IPV4, leases->bridge};
}

static struct nft_table table_bridge(const struct network_leases *leases)
{
    return (struct nft_table){NFPROTO_BRIDGE, leases->bridge};
}

static void match_network(struct netlink_batch *b, uint32_t offset, uint32_t network, uint32_t prefix_bytes)
{
    const uint32_t bytes = htonl(network);
    nft_load_payload(b, NFT_PAYLOAD_NETWORK_HEADER, offset, prefix_bytes, NFT_REG_1);
    nft_compare(b, NFT_CMP_EQ, &bytes, prefix_bytes);
}

/* Nothing from outside may speak to 127.0.0.0/8, not even by a published port or this network's
 * route_localnet. Before conntrack, so that answers that are still to be translated back pass. */
static void put_guard(struct netlink_batch *b, const struct nft_table *table)
{
    size_t rule = nft_rule_begin(b, table, "guard");
    nft_match_interface(b, NFT_META_IIFNAME, NFT_CMP_NEQ, "lo");
    match_network(b, IP_DESTINATION, INADDR_LOOPBACK & 0xff000000u, 1);
    nft_do_verdict(b, NF_DROP);
    nft_rule_end(b, rule);
}

/* What is meant for this host and a published port goes to the container, with the sender's address. */
static void put_published(struct netlink_batch *b, const struct nft_table *table, const char *chain)
{
    size_t rule = nft_rule_begin(b, table, chain);
    nft_match_to_this_host(b);
    nft_load_payload(b, NFT_PAYLOAD_NETWORK_HEADER, IP_DESTINATION, 4, NFT_REG32_00);
    nft_load_meta(b, NFT_META_L4PROTO, NFT_REG32_01);
    nft_load_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, PORT_DESTINATION, 2, NFT_REG32_02);
    nft_match_set(b, PUBLISHED.name, NFT_REG32_00, 1);
    nft_do_dnat(b);
    nft_rule_end(b, rule);

    rule = nft_rule_begin(b, table, chain);
    nft_match_to_this_host(b);
    nft_load_meta(b, NFT_META_L4PROTO, NFT_REG32_00);
    nft_load_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, PORT_DESTINATION, 2, NFT_REG32_01);
    nft_match_set(b, PUBLISHED_ANYWHERE.name, NFT_REG32_00, 1);
    nft_do_dnat(b);
    nft_rule_end(b, rule);
}

/* From elsewhere only answers and published ports reach a container, whatever routes a neighbour has. */
static void put_forward(struct netlink_batch *b, const struct nft_table *table)
{
    size_t rule = nft_rule_begin(b, table, "forward");
    nft_match_interface(b, NFT_META_OIFNAME, NFT_CMP_EQ, table->name);
    nft_match_conntrack(b, NFT_CT_STATE, NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED));
    nft_do_verdict(b, NF_ACCEPT);
    nft_rule_end(b, rule);

    rule = nft_rule_begin(b, table, "forward");
    nft_match_interface(b, NFT_META_OIFNAME, NFT_CMP_EQ, table->name);
    nft_match_conntrack(b, NFT_CT_STATUS, IPS_DST_NAT);
    nft_do_verdict(b, NF_ACCEPT);
    nft_rule_end(b, rule);

    rule = nft_rule_begin(b, table, "forward");
    nft_match_interface(b, NFT_META_OIFNAME, NFT_CMP_EQ, table->name);
    nft_match_interface(b, NFT_META_IIFNAME, NFT_CMP_NEQ, table->name);
    nft_do_verdict(b, NF_DROP);
    nft_rule_end(b, rule);
}

/* Senders are replaced only where the answer would not come back otherwise: out of the network, from
 * 127.0.0.0/8, and from one container to a published port of another (or its own), whose answer would not
 * pass here. */
static void put_leaving(struct netlink_batch *b, const struct nft_table *table, uint32_t subnet)
{
    size_t rule = nft_rule_begin(b, table, "leaving");
    match_network(b, IP_SOURCE, subnet, NETWORK_PREFIX_LENGTH / 8);
    nft_match_interface(b, NFT_META_OIFNAME, NFT_CMP_NEQ, table->name);
    nft_do_masquerade(b);
    nft_rule_end(b, rule);

    rule = nft_rule_begin(b, table, "leaving");
    match_network(b, IP_SOURCE, INADDR_LOOPBACK & 0xff000000u, 1);
    nft_match_interface(b, NFT_META_OIFNAME, NFT_CMP_EQ, table->name);
    nft_do_masquerade(b);
    nft_rule_end(b, rule);

    rule = nft_rule_begin(b, table, "leaving");
    match_network(b, IP_SOURCE, subnet, NETWORK_PREFIX_LENGTH / 8);
    nft_match_interface(b, NFT_META_OIFNAME, NFT_CMP_EQ, table->name);
    nft_match_conntrack(b, NFT_CT_STATUS, IPS_DST_NAT);
    nft_do_masquerade(b);
    nft_rule_end(b, rule);
}

static void put_bridge_owner(struct netlink_batch *b, const struct nft_table *table, uint16_t ethertype)
{
    const uint16_t protocol = htons(ethertype);
    size_t rule = nft_rule_begin(b, table, BRIDGE_GUARD.name);
    nft_load_meta(b, NFT_META_PROTOCOL, NFT_REG_1);
    nft_compare(b, NFT_CMP_EQ, &protocol, sizeof(protocol));
    nft_load_meta(b, NFT_META_IIFNAME, NFT_REG32_00);
    if (ethertype == ETHERTYPE_ARP) {
        nft_load_payload(b, NFT_PAYLOAD_NETWORK_HEADER, ARP_SENDER_MAC, 6, NFT_REG32_04);
        nft_load_payload(b, NFT_PAYLOAD_NETWORK_HEADER, ARP_SENDER_IP, 4, NFT_REG32_06);
    } else {
        nft_load_payload(b, NFT_PAYLOAD_LL_HEADER, ETHER_SOURCE, 6, NFT_REG32_04);
        nft_load_payload(b, NFT_PAYLOAD_NETWORK_HEADER, IP_SOURCE, 4, NFT_REG32_06);
    }
    nft_match_set(b, OWNERS.name, NFT_REG32_00, 0);
    nft_do_verdict(b, NF_ACCEPT);
    nft_rule_end(b, rule);
}

/* A port of the bridge may send IPv4 and ARP with its own addresses, and nothing else. */
static void put_bridge_guard(struct netlink_batch *b, const struct nft_table *table)
{
    char ports[NETWORK_INTERFACE_SIZE + 2];
    (void)snprintf(ports, sizeof(ports), "%s-*", table->name); /* fits: a port's name is longer than this */
    size_t rule = nft_rule_begin(b, table, BRIDGE_GUARD.name);
    nft_match_interface(b, NFT_META_IIFNAME, NFT_CMP_NEQ, ports);
    nft_do_verdict(b, NF_ACCEPT);
    nft_rule_end(b, rule);
    put_bridge_owner(b, table, ETHERTYPE_IPV4);
    put_bridge_owner(b, table, ETHERTYPE_ARP);
    rule = nft_rule_begin(b, table, BRIDGE_GUARD.name);
    nft_do_verdict(b, NF_DROP);
    nft_rule_end(b, rule);
}

static void put_element(struct netlink_batch *b, const struct nft_table *table, const char *set,
                        const struct nft_element *element, bool add)
{
    if (add)
        nft_put_element(b, table, set, element);
    else
        nft_put_element_delete(b, table, set, element);
}

static void put_port(struct netlink_batch *b, const struct nft_table *table, uint32_t address,
                     const struct lease_port *port, bool add)
{
    const struct target_data target = {.address = htonl(address), .port = htons(port->container_port)};
    const struct published_key key = {
        .address = htonl(port->address), .protocol = port->protocol, .port = htons(port->host_port)};
    const struct published_anywhere_key anywhere = {.protocol = port->protocol,
                                                    .port = htons(port->host_port)};
    const bool any = port->address == 0;
    const struct nft_element element = {.key = any ? (const void *)&anywhere : &key,
                                        .key_size = any ? sizeof(anywhere) : sizeof(key),
                                        .data = &target,
                                        .data_size = sizeof(target)};
    put_element(b, table, any ? PUBLISHED_ANYWHERE.name : PUBLISHED.name, &element, add);
}

static void put_owner(struct netlink_batch *b, const struct nft_table *table,
                      const struct network_lease *lease, bool add)
{
    struct owner_key key = {.address = htonl(lease->address)};
    memcpy(key.interface, lease->interface, strnlen(lease->interface, sizeof(key.interface)));
    network_mac_of(lease->address, key.mac);
    const struct nft_element element = {.key = &key, .key_size = sizeof(key)};
    put_element(b, table, OWNERS.name, &element, add);
}

static void put_lease(struct netlink_batch *b, const struct network_leases *leases,
                      const struct network_lease *lease, bool add)
{
    const struct nft_table ip = table_ip(leases), bridge = table_bridge(leases);
    put_owner(b, &bridge, lease, add);
    for (size_t i = 0; i < lease->port_count; i++)
        put_port(b, &ip, lease->address, &lease->ports[i], add);
}

/* Replacing: made, deleted, made, so that nothing depends on whether it was there. That makes the kernel wait
 * when the socket is closed, so the first try does without. */
static void put_empty_table(struct netlink_batch *b, const struct nft_table *table, bool replace)
{
    if (!replace) {
        nft_put_new_table(b, table);
        return;
    }
    nft_put_table(b, table);
    nft_put_table_delete(b, table);
    nft_put_table(b, table);
}

void firewall_put_tables(struct netlink_batch *b, const struct network_leases *leases, bool replace)
{
    const struct nft_table ip = table_ip(leases), bridge = table_bridge(leases);
    nft_put_begin(b);
    put_empty_table(b, &ip, replace);
    nft_put_set(b, &ip, &PUBLISHED);
    nft_put_set(b, &ip, &PUBLISHED_ANYWHERE);
    for (size_t i = 0; i < ARRAY_SIZE(CHAINS); i++)
        nft_put_chain(b, &ip, &CHAINS[i]);
    put_guard(b, &ip);
    put_published(b, &ip, "arriving");
    put_published(b, &ip, "own");
    put_forward(b, &ip);
    put_leaving(b, &ip, leases->subnet);
    put_empty_table(b, &bridge, replace);
    nft_put_set(b, &bridge, &OWNERS);
    nft_put_chain(b, &bridge, &BRIDGE_GUARD);
    put_bridge_guard(b, &bridge);
    for (size_t i = 0; i < leases->count; i++)
        if (leases->items[i].state == LEASE_ACTIVE)
            put_lease(b, leases, &leases->items[i], true);
    nft_put_end(b);
}

int firewall_build(int fd, const struct network_leases *leases, struct failure *f)
{
    autobatch struct netlink_batch b = {0};
    struct netlink_refusal refusal;
    firewall_put_tables(&b, leases, false);
    int r = netlink_send(fd, &b, &refusal);
    if (r == -EEXIST) {
        netlink_batch_reset(&b);
        firewall_put_tables(&b, leases, true);
        r = netlink_send(fd, &b, &refusal);
    }
    if (r == -EOPNOTSUPP || r == -EAFNOSUPPORT || r == -EPROTONOSUPPORT)
        return refuse(f, r,
                      "this kernel lacks a part of nftables (families ip and bridge, nat, masquerade, fib, "
                      "conntrack): use --network host or none");
    if (r < 0)
        return fail(f, r, "making the nftables table %s (message %u)%s%s", leases->bridge, refusal.message,
                    refusal.text[0] ? ": " : "", refusal.text);
    return 0;
}

int firewall_add(int fd, const struct network_leases *leases, const struct network_lease *lease,
                 struct failure *f)
{
    autobatch struct netlink_batch b = {0};
    nft_put_begin(&b);
    put_lease(&b, leases, lease, true);
    nft_put_end(&b);
    int r = netlink_send(fd, &b, NULL);
    return r < 0 && r != -ENOENT && r != -EEXIST
               ? fail(f, r, "adding to the nftables table %s", leases->bridge)
               : r;
}

static int send_alone(int fd, struct netlink_batch *b)
{
    nft_put_end(b);
    int r = netlink_send(fd, b, NULL);
    netlink_batch_reset(b);
    nft_put_begin(b);
    return r == -ENOENT ? 0 : r;
}

int firewall_remove(int fd, const struct network_leases *leases, const struct network_lease *lease,
                    struct failure *f)
{
    autobatch struct netlink_batch b = {0};
    nft_put_begin(&b);
    put_lease(&b, leases, lease, false);
    nft_put_end(&b);
    int r = netlink_send(fd, &b, NULL);
    if (r == -ENOENT) {
        /* One of them is not there (a start that was killed, a table flushed by hand): each by itself. */
        const struct nft_table ip = table_ip(leases), bridge = table_bridge(leases);
        netlink_batch_reset(&b);
        nft_put_begin(&b);
        put_owner(&b, &bridge, lease, false);
        r = send_alone(fd, &b);
        for (size_t i = 0; r == 0 && i < lease->port_count; i++) {
            put_port(&b, &ip, lease->address, &lease->ports[i], false);
            r = send_alone(fd, &b);
        }
    }
    return r < 0 ? fail(f, r, "removing from the nftables table %s", leases->bridge) : 0;
}

int firewall_destroy(int fd, const struct network_leases *leases, struct failure *f)
{
    const struct nft_table tables[] = {table_ip(leases), table_bridge(leases)};
    autobatch struct netlink_batch b = {0};
    nft_put_begin(&b);
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        nft_put_table(&b, &tables[i]);
        nft_put_table_delete(&b, &tables[i]);
    }
    nft_put_end(&b);
    int r = netlink_send(fd, &b, NULL);
    return r < 0 ? fail(f, r, "removing the nftables table %s", leases->bridge) : 0;
}
