/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/route.h"
#include "kernel/netlink_message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#define CREATE (NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK)

void route_put_address(struct netlink_batch *b, unsigned int interface, uint32_t address,
                       uint8_t prefix_length)
{
    const struct ifaddrmsg header = {
        .ifa_family = AF_INET, .ifa_prefixlen = prefix_length, .ifa_index = interface};
    const uint32_t mask = prefix_length == 0 ? 0 : UINT32_MAX << (32 - prefix_length);
    netlink_begin(b, RTM_NEWADDR, CREATE, &header, sizeof(header));
    netlink_put_be32(b, IFA_LOCAL, address);
    netlink_put_be32(b, IFA_ADDRESS, address);
    netlink_put_be32(b, IFA_BROADCAST, address | ~mask);
}

void route_put_default(struct netlink_batch *b, unsigned int interface, uint32_t gateway)
{
    const struct rtmsg header = {.rtm_family = AF_INET,
                                 .rtm_table = RT_TABLE_MAIN,
                                 .rtm_protocol = RTPROT_BOOT,
                                 .rtm_scope = RT_SCOPE_UNIVERSE,
                                 .rtm_type = RTN_UNICAST};
    netlink_begin(b, RTM_NEWROUTE, CREATE, &header, sizeof(header));
    netlink_put_be32(b, RTA_GATEWAY, gateway);
    netlink_put_u32(b, RTA_OIF, interface);
}

struct route_walker {
    int (*take)(uint32_t network, uint8_t prefix_length, void *context);
    void *context;
};

static int route_take(const struct nlmsghdr *message, void *context)
{
    const struct route_walker *walker = context;
    const struct nlattr *table[RTA_MAX + 1];
    int r = netlink_parse(message, sizeof(struct rtmsg), table, RTA_MAX);
    if (r < 0)
        return r;
    const struct rtmsg *header = message_payload(message);
    const uint32_t *network = netlink_get(table[RTA_DST], sizeof(uint32_t));
    if (header->rtm_family != AF_INET || header->rtm_dst_len == 0 || header->rtm_dst_len > 32 || !network)
        return 0;
    return walker->take(ntohl(*network), header->rtm_dst_len, walker->context);
}

int route_walk(int fd, int (*take)(uint32_t network, uint8_t prefix_length, void *context), void *context)
{
    autobatch struct netlink_batch b = {0};
    struct route_walker walker = {take, context};
    const struct rtmsg header = {.rtm_family = AF_INET};
    netlink_begin(&b, RTM_GETROUTE, NLM_F_DUMP, &header, sizeof(header));
    return netlink_query(fd, &b, route_take, &walker);
}

static int type_take(const struct nlmsghdr *message, void *context)
{
    const struct rtmsg *header = message_payload(message);
    if (!message_has(message, sizeof(*header)))
        return -EBADMSG;
    *(uint8_t *)context = header->rtm_type;
    return 0;
}

int route_is_local(int fd, uint32_t address)
{
    autobatch struct netlink_batch b = {0};
    uint8_t type = RTN_UNSPEC;
    const struct rtmsg header = {.rtm_family = AF_INET, .rtm_dst_len = 32};
    netlink_begin(&b, RTM_GETROUTE, 0, &header, sizeof(header));
    netlink_put_be32(&b, RTA_DST, address);
    int r = netlink_query(fd, &b, type_take, &type);
    if (r == -ENETUNREACH || r == -EHOSTUNREACH)
        return 0;
    return r < 0 ? r : type == RTN_LOCAL;
}
