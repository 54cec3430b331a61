/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/conntrack.h"
#include "kernel/netlink_message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#define CONNTRACK_MESSAGE(type) ((uint16_t)((NFNL_SUBSYS_CTNETLINK << 8) | (type)))

/* Which parts of the tuple a list is filtered by; the kernel's numbers, in no header of its own. */
#define FILTER_PROTOCOL (1u << 3)
#define FILTER_DESTINATION_PORT (1u << 5)

struct forget {
    uint8_t protocol;
    uint16_t port;
    bool (*is_wanted)(const struct conntrack_flow *flow, void *context);
    void *context;
    struct netlink_batch deletions;
};

static void put_header(struct netlink_batch *b, uint16_t type, uint16_t flags)
{
    const struct nfgenmsg header = {.nfgen_family = AF_INET, .version = NFNETLINK_V0};
    netlink_begin(b, CONNTRACK_MESSAGE(type), flags, &header, sizeof(header));
}

/* FALLBACK(linux < 5.8): the filter is ignored and all conversations are listed; they are compared here
 * anyway. */
static void put_list(struct netlink_batch *b, uint8_t protocol, uint16_t port)
{
    put_header(b, IPCTNL_MSG_CT_GET, NLM_F_DUMP);
    size_t tuple = netlink_nest_begin(b, CTA_TUPLE_ORIG);
    size_t proto = netlink_nest_begin(b, CTA_TUPLE_PROTO);
    netlink_put_u8(b, CTA_PROTO_NUM, protocol);
    netlink_put_u16(b, CTA_PROTO_DST_PORT, htons(port));
    netlink_nest_end(b, proto);
    netlink_nest_end(b, tuple);
    size_t filter = netlink_nest_begin(b, CTA_FILTER);
    netlink_put_u32(b, CTA_FILTER_ORIG_FLAGS, FILTER_PROTOCOL | FILTER_DESTINATION_PORT);
    netlink_nest_end(b, filter);
}

static const struct nlattr *member(const struct nlattr *nest, uint16_t type)
{
    if (!nest)
        return NULL;
    const char *end = (const char *)nest + nest->nla_len;
    const struct nlattr *a = attribute_nested(nest);
    while (a && attribute_type(a) != type)
        a = attribute_next(a, end);
    return a;
}

static uint32_t address_of(const struct nlattr *tuple, uint16_t type)
{
    const struct nlattr *a = member(member(tuple, CTA_TUPLE_IP), type);
    uint32_t value = 0;
    if (netlink_get(a, sizeof(value)))
        memcpy(&value, attribute_payload(a), sizeof(value));
    return ntohl(value);
}

static int flow_take(const struct nlmsghdr *message, void *context)
{
    struct forget *f = context;
    const struct nlattr *table[CTA_MAX + 1];
    int r = netlink_parse(message, sizeof(struct nfgenmsg), table, CTA_MAX);
    if (r < 0 || !table[CTA_TUPLE_ORIG])
        return r;
    const struct nlattr *proto = member(table[CTA_TUPLE_ORIG], CTA_TUPLE_PROTO);
    const struct nlattr *number = member(proto, CTA_PROTO_NUM), *port = member(proto, CTA_PROTO_DST_PORT);
    const uint8_t *protocol = netlink_get(number, 1), *port_bytes = netlink_get(port, 2);
    if (!protocol || !port_bytes)
        return 0;
    const struct conntrack_flow flow = {.source = address_of(table[CTA_TUPLE_ORIG], CTA_IP_V4_SRC),
                                        .destination = address_of(table[CTA_TUPLE_ORIG], CTA_IP_V4_DST),
                                        .destination_port = (uint16_t)(port_bytes[0] << 8 | port_bytes[1]),
                                        .protocol = *protocol,
                                        .answerer = address_of(table[CTA_TUPLE_REPLY], CTA_IP_V4_SRC)};
    if (flow.protocol != f->protocol || flow.destination_port != f->port || !f->is_wanted(&flow, f->context))
        return 0;
    put_header(&f->deletions, IPCTNL_MSG_CT_DELETE, 0);
    netlink_put(&f->deletions, CTA_TUPLE_ORIG | NLA_F_NESTED, attribute_payload(table[CTA_TUPLE_ORIG]),
                attribute_size(table[CTA_TUPLE_ORIG]));
    return f->deletions.error;
}

int conntrack_forget(int fd, uint8_t protocol, uint16_t destination_port,
                     bool (*is_wanted)(const struct conntrack_flow *flow, void *context), void *context)
{
    autobatch struct netlink_batch list = {0};
    struct forget f = {
        .protocol = protocol, .port = destination_port, .is_wanted = is_wanted, .context = context};
    put_list(&list, protocol, destination_port);
    int r = netlink_query(fd, &list, flow_take, &f);
    if (r == 0 && f.deletions.count > 0)
        r = netlink_send(fd, &f.deletions, NULL);
    netlink_batch_free(&f.deletions);
    return r == -ENOENT ? 0 : r; /* one of them ended by itself */
}
