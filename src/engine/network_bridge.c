/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/network_bridge.h"

#include "kernel/link.h"
#include "kernel/route.h"

#include <errno.h>
#include <string.h>

#define BRIDGES_MAX 16
#define IPV4(a, b) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16)

/* Where subnets are looked for, in this order: `count` /16 networks from `first`. All private (RFC 1918) or
 * for tests between networks (RFC 2544); the usual ones of docker, podman and home routers come last or not
 * at all. */
static const struct {
    uint32_t first;
    unsigned int count;
} SUBNETS[] = {
    {IPV4(10, 87), 41}, {IPV4(172, 20), 12}, {IPV4(10, 128), 127}, {IPV4(198, 18), 2}, {IPV4(10, 1), 62},
};

/* The i-th candidate, or 0 behind the last one. */
static uint32_t subnet_candidate(unsigned int i)
{
    for (size_t k = 0; k < ARRAY_SIZE(SUBNETS); k++) {
        if (i < SUBNETS[k].count)
            return SUBNETS[k].first + (i << 16);
        i -= SUBNETS[k].count;
    }
    return 0;
}

int subnet_choice_mark(uint32_t network, uint8_t prefix_length, void *choice)
{
    const uint8_t shorter = prefix_length < NETWORK_PREFIX_LENGTH ? prefix_length : NETWORK_PREFIX_LENGTH;
    const uint32_t mask = shorter == 0 ? 0 : UINT32_MAX << (32 - shorter);
    struct subnet_choice *c = choice;
    uint32_t candidate;
    for (unsigned int i = 0; i < ARRAY_SIZE(c->taken) && (candidate = subnet_candidate(i)) != 0; i++)
        if ((candidate & mask) == (network & mask))
            c->taken[i] = true;
    return 0;
}

int subnet_choice_first(const struct subnet_choice *choice, uint32_t *ret_subnet)
{
    uint32_t candidate;
    for (unsigned int i = 0; i < ARRAY_SIZE(choice->taken) && (candidate = subnet_candidate(i)) != 0; i++) {
        if (!choice->taken[i]) {
            *ret_subnet = candidate;
            return 0;
        }
    }
    return -ENOSPC;
}

static int subnet_choose(int rtnl, uint32_t *ret_subnet, struct failure *f)
{
    struct subnet_choice choice;
    int r, tries = 0;
    do {
        choice = (struct subnet_choice){0};
        r = route_walk(rtnl, subnet_choice_mark, &choice);
    } while (r == -EINTR && ++tries < 10); /* routes changed while they were listed */
    if (r < 0)
        return fail(f, r, "listing the host's routes");
    r = subnet_choice_first(&choice, ret_subnet);
    return r < 0 ? refuse(f, r, "the host has routes in every network that containers could use") : 0;
}

int bridge_choose(int rtnl, struct network_leases *leases, struct failure *f)
{
    uint32_t subnet;
    int r = subnet_choose(rtnl, &subnet, f);
    if (r < 0)
        return r;
    for (unsigned int i = 0; i < BRIDGES_MAX; i++) {
        char name[NETWORK_INTERFACE_SIZE];
        struct link_facts facts;
        (void)snprintf(name, sizeof(name), "unroot%u", i); /* fits */
        r = link_find(rtnl, name, &facts);
        if (r == -ENODEV) {
            memcpy(leases->bridge, name, sizeof(name));
            leases->subnet = subnet;
            leases->last = subnet + NETWORK_GATEWAY_HOST;
            return 0;
        }
        if (r < 0)
            return fail(f, r, "looking for the interface %s", name);
    }
    return refuse(f, -ENOSPC, "the interfaces unroot0 to unroot%d are all there already", BRIDGES_MAX - 1);
}

static int say_refused(struct failure *f, int error, const struct netlink_refusal *refusal,
                       const struct network_leases *leases)
{
    return fail(f, error, "setting up the bridge %s%s%s", leases->bridge, refusal->text[0] ? ": " : "",
                refusal->text);
}

static int bridge_configure(int rtnl, const struct network_leases *leases, unsigned int index,
                            struct failure *f)
{
    autobatch struct netlink_batch b = {0};
    struct netlink_refusal refusal;
    link_put_no_link_local(&b, leases->bridge);
    int r = netlink_send(rtnl, &b, &refusal);
    if (r < 0 && r != -EAFNOSUPPORT && r != -EOPNOTSUPP)
        return say_refused(f, r, &refusal, leases);
    netlink_batch_reset(&b);
    link_put_route_localnet(&b, leases->bridge);
    route_put_address(&b, index, leases->subnet + NETWORK_GATEWAY_HOST, NETWORK_PREFIX_LENGTH);
    link_put_up(&b, leases->bridge);
    r = netlink_send(rtnl, &b, &refusal);
    return r < 0 ? say_refused(f, r, &refusal, leases) : 0;
}

/* Somebody removed the bridge under running containers: their links become its ports again. */
static int bridge_adopt(int rtnl, const struct network_leases *leases, unsigned int index, struct failure *f)
{
    autobatch struct netlink_batch b = {0};
    for (size_t i = 0; i < leases->count; i++) {
        netlink_batch_reset(&b);
        link_put_master(&b, leases->items[i].interface, index);
        link_put_hairpin(&b, leases->items[i].interface);
        int r = netlink_send(rtnl, &b, NULL);
        if (r < 0 && r != -ENODEV)
            return fail(f, r, "connecting %s to %s again", leases->items[i].interface, leases->bridge);
    }
    return 0;
}

static int bridge_make(int rtnl, const struct network_leases *leases, unsigned int *ret_index,
                       struct failure *f)
{
    autobatch struct netlink_batch b = {0};
    struct netlink_refusal refusal;
    struct link_facts facts;
    uint8_t mac[6];
    network_mac_of(leases->subnet + NETWORK_GATEWAY_HOST, mac);
    link_put_bridge(&b, leases->bridge, mac);
    int r = netlink_send(rtnl, &b, &refusal);
    if (r == -EEXIST)
        return r;
    if (r == -EOPNOTSUPP)
        return refuse(f, r, "this kernel has no bridges (module bridge): use --network host or none");
    if (r < 0)
        return say_refused(f, r, &refusal, leases);
    r = link_find(rtnl, leases->bridge, &facts);
    if (r < 0)
        return fail(f, r, "looking for the interface %s", leases->bridge);
    *ret_index = facts.index;
    r = bridge_configure(rtnl, leases, facts.index, f);
    return r < 0 ? r : bridge_adopt(rtnl, leases, facts.index, f);
}

int bridge_ensure(int rtnl, const struct network_leases *leases, unsigned int *ret_index, bool *ret_made,
                  struct failure *f)
{
    struct link_facts facts;
    int r = link_find(rtnl, leases->bridge, &facts);
    if (r < 0 && r != -ENODEV)
        return fail(f, r, "looking for the interface %s", leases->bridge);
    *ret_made = r == -ENODEV;
    if (r == -ENODEV)
        return bridge_make(rtnl, leases, ret_index, f);
    *ret_index = facts.index;
    /* A start that was killed in between made it without bringing it up. */
    return facts.up ? 0 : bridge_configure(rtnl, leases, facts.index, f);
}

int bridge_remove(int rtnl, const struct network_leases *leases, struct failure *f)
{
    autobatch struct netlink_batch b = {0};
    link_put_delete(&b, leases->bridge);
    int r = netlink_send(rtnl, &b, NULL);
    return r < 0 && r != -ENODEV ? fail(f, r, "removing the bridge %s", leases->bridge) : 0;
}
