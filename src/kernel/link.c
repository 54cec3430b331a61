/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/link.h"
#include "kernel/netlink_message.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>
#include <sys/socket.h>

#define CREATE (NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK)

static void put_link_header(struct netlink_batch *b, uint16_t type, uint16_t flags, const char *name)
{
    const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
    netlink_begin(b, type, flags, &header, sizeof(header));
    netlink_put_string(b, IFLA_IFNAME, name);
}

void link_put_bridge(struct netlink_batch *b, const char *name, const uint8_t mac[6])
{
    put_link_header(b, RTM_NEWLINK, CREATE, name);
    netlink_put(b, IFLA_ADDRESS, mac, 6);
    size_t info = netlink_nest_begin(b, IFLA_LINKINFO);
    netlink_put_string(b, IFLA_INFO_KIND, "bridge");
    size_t data = netlink_nest_begin(b, IFLA_INFO_DATA);
    netlink_put_u32(b, IFLA_BR_STP_STATE, 0);
    netlink_put_u8(b, IFLA_BR_MCAST_SNOOPING, 0); /* no group queries and timers for a handful of ports */
    netlink_nest_end(b, data);
    netlink_nest_end(b, info);
}

void link_put_pair(struct netlink_batch *b, const struct link_pair *pair)
{
    put_link_header(b, RTM_NEWLINK, CREATE, pair->name);
    netlink_put(b, IFLA_ADDRESS, pair->mac, 6);
    netlink_put_u32(b, IFLA_MASTER, pair->bridge);
    size_t info = netlink_nest_begin(b, IFLA_LINKINFO);
    netlink_put_string(b, IFLA_INFO_KIND, "veth");
    size_t data = netlink_nest_begin(b, IFLA_INFO_DATA);
    size_t peer = netlink_nest_begin(b, VETH_INFO_PEER);
    const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
    netlink_put_raw(b, &header, sizeof(header));
    netlink_put_string(b, IFLA_IFNAME, pair->peer_name);
    netlink_put(b, IFLA_ADDRESS, pair->peer_mac, 6);
    netlink_put_u32(b, IFLA_NET_NS_FD, (uint32_t)pair->peer_netns_fd);
    netlink_nest_end(b, peer);
    netlink_nest_end(b, data);
    netlink_nest_end(b, info);
}

void link_put_hairpin(struct netlink_batch *b, const char *name)
{
    put_link_header(b, RTM_NEWLINK, NLM_F_ACK, name);
    size_t info = netlink_nest_begin(b, IFLA_LINKINFO);
    netlink_put_string(b, IFLA_INFO_SLAVE_KIND, "bridge");
    size_t data = netlink_nest_begin(b, IFLA_INFO_SLAVE_DATA);
    netlink_put_u8(b, IFLA_BRPORT_MODE, 1);
    netlink_nest_end(b, data);
    netlink_nest_end(b, info);
}

void link_put_master(struct netlink_batch *b, const char *name, unsigned int bridge)
{
    put_link_header(b, RTM_NEWLINK, NLM_F_ACK, name);
    netlink_put_u32(b, IFLA_MASTER, bridge);
}

void link_put_up(struct netlink_batch *b, const char *name)
{
    const struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    netlink_begin(b, RTM_NEWLINK, NLM_F_ACK, &header, sizeof(header));
    netlink_put_string(b, IFLA_IFNAME, name);
}

void link_put_no_link_local(struct netlink_batch *b, const char *name)
{
    put_link_header(b, RTM_NEWLINK, NLM_F_ACK, name);
    size_t families = netlink_nest_begin(b, IFLA_AF_SPEC);
    size_t family = netlink_nest_begin(b, AF_INET6);
    netlink_put_u8(b, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    netlink_nest_end(b, family);
    netlink_nest_end(b, families);
}

void link_put_route_localnet(struct netlink_batch *b, const char *name)
{
    put_link_header(b, RTM_NEWLINK, NLM_F_ACK, name);
    size_t families = netlink_nest_begin(b, IFLA_AF_SPEC);
    size_t family = netlink_nest_begin(b, AF_INET);
    size_t settings = netlink_nest_begin(b, IFLA_INET_CONF);
    netlink_put_u32(b, IPV4_DEVCONF_ROUTE_LOCALNET, 1);
    netlink_nest_end(b, settings);
    netlink_nest_end(b, family);
    netlink_nest_end(b, families);
}

void link_put_delete(struct netlink_batch *b, const char *name)
{
    put_link_header(b, RTM_DELLINK, NLM_F_ACK, name);
}

static int facts_take(const struct nlmsghdr *message, void *context)
{
    struct link_facts *facts = context;
    const struct nlattr *table[IFLA_MAX + 1];
    int r = netlink_parse(message, sizeof(struct ifinfomsg), table, IFLA_MAX);
    if (r < 0)
        return r;
    const struct ifinfomsg *header = message_payload(message);
    const uint32_t *master = netlink_get(table[IFLA_MASTER], sizeof(uint32_t));
    facts->index = (unsigned)header->ifi_index;
    facts->up = (header->ifi_flags & IFF_UP) != 0;
    facts->master = master ? *master : 0;
    return 0;
}

int link_find(int fd, const char *name, struct link_facts *ret_facts)
{
    autobatch struct netlink_batch b = {0};
    struct link_facts facts = {0};
    put_link_header(&b, RTM_GETLINK, 0, name);
    netlink_put_u32(&b, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    int r = netlink_query(fd, &b, facts_take, &facts);
    if (r < 0)
        return r;
    if (facts.index == 0)
        return -ENODEV;
    *ret_facts = facts;
    return 0;
}

struct port_walk {
    unsigned int bridge;
    int (*take)(const char *name, void *context);
    void *context;
};

static int port_take(const struct nlmsghdr *message, void *context)
{
    const struct port_walk *walk = context;
    const struct nlattr *table[IFLA_MAX + 1];
    int r = netlink_parse(message, sizeof(struct ifinfomsg), table, IFLA_MAX);
    if (r < 0)
        return r;
    const uint32_t *master = netlink_get(table[IFLA_MASTER], sizeof(uint32_t));
    const char *name = netlink_get_string(table[IFLA_IFNAME]);
    /* FALLBACK(linux < 4.x): a kernel that does not filter by master sends all interfaces. */
    return master && *master == walk->bridge && name ? walk->take(name, walk->context) : 0;
}

int link_walk_ports(int fd, unsigned int bridge, int (*take)(const char *name, void *context), void *context)
{
    autobatch struct netlink_batch b = {0};
    struct port_walk walk = {bridge, take, context};
    const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
    netlink_begin(&b, RTM_GETLINK, NLM_F_DUMP, &header, sizeof(header));
    netlink_put_u32(&b, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    netlink_put_u32(&b, IFLA_MASTER, bridge);
    return netlink_query(fd, &b, port_take, &walk);
}
