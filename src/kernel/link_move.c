/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/link_move.h"
#include "kernel/netlink_message.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define ADDRESS_SIZE 16  /* of IPv6 */
#define NUMBERS_MAX 1000 /* that are tried for "eth%d" */
#define KEPT_FLAGS (IFA_F_NODAD | IFA_F_NOPREFIXROUTE)

struct link_address {
    uint8_t family, prefix_length;
    uint32_t flags;
    uint16_t size; /* of each of these in bytes, by the family */
    bool has_local, has_broadcast;
    uint8_t address[ADDRESS_SIZE], local[ADDRESS_SIZE], broadcast[ADDRESS_SIZE];
};

struct address_walk {
    unsigned int index;
    struct moved_link *moved;
};

static bool take_bytes(const struct nlattr *attribute, uint16_t size, uint8_t to[ADDRESS_SIZE])
{
    const void *bytes = netlink_get(attribute, size);
    if (bytes)
        memcpy(to, bytes, size);
    return bytes != NULL;
}

static int address_take(const struct nlmsghdr *message, void *context)
{
    const struct address_walk *walk = context;
    const struct nlattr *table[IFA_MAX + 1];
    int r = netlink_parse(message, sizeof(struct ifaddrmsg), table, IFA_MAX);
    if (r < 0)
        return r;
    const struct ifaddrmsg *header = message_payload(message);
    const uint32_t *flags = netlink_get(table[IFA_FLAGS], sizeof(uint32_t));
    uint32_t all = flags ? *flags : header->ifa_flags;
    if (header->ifa_index != walk->index || header->ifa_scope != RT_SCOPE_UNIVERSE ||
        !(all & IFA_F_PERMANENT) || (header->ifa_family != AF_INET && header->ifa_family != AF_INET6))
        return 0;
    struct link_address a = {.family = header->ifa_family,
                             .prefix_length = header->ifa_prefixlen,
                             .flags = all & KEPT_FLAGS,
                             .size = header->ifa_family == AF_INET ? 4 : ADDRESS_SIZE};
    if (!take_bytes(table[IFA_ADDRESS], a.size, a.address))
        return -EBADMSG;
    a.has_local = take_bytes(table[IFA_LOCAL], a.size, a.local);
    a.has_broadcast = take_bytes(table[IFA_BROADCAST], a.size, a.broadcast);
    struct moved_link *m = walk->moved;
    struct link_address *more = reallocarray(m->addresses, m->address_count + 1, sizeof(*more));
    if (!more)
        return -ENOMEM;
    m->addresses = more;
    m->addresses[m->address_count++] = a;
    return 0;
}

static int addresses_read(int fd, unsigned int index, struct moved_link *m)
{
    autobatch struct netlink_batch b = {0};
    struct address_walk walk = {index, m};
    const struct ifaddrmsg header = {.ifa_family = AF_UNSPEC};
    netlink_begin(&b, RTM_GETADDR, NLM_F_DUMP, &header, sizeof(header));
    return netlink_query(fd, &b, address_take, &walk);
}

static void addresses_put(struct netlink_batch *b, unsigned int index, const struct moved_link *m)
{
    for (size_t i = 0; i < m->address_count; i++) {
        const struct link_address *a = &m->addresses[i];
        const struct ifaddrmsg header = {
            .ifa_family = a->family, .ifa_prefixlen = a->prefix_length, .ifa_index = index};
        netlink_begin(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK, &header, sizeof(header));
        netlink_put(b, IFA_ADDRESS, a->address, a->size);
        if (a->has_local)
            netlink_put(b, IFA_LOCAL, a->local, a->size);
        if (a->has_broadcast)
            netlink_put(b, IFA_BROADCAST, a->broadcast, a->size);
        if (a->flags != 0)
            netlink_put_u32(b, IFA_FLAGS, a->flags);
    }
}

static void put_state(struct netlink_batch *b, unsigned int index, bool up)
{
    const struct ifinfomsg header = {
        .ifi_index = (int)index, .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP};
    netlink_begin(b, RTM_NEWLINK, NLM_F_ACK, &header, sizeof(header));
}

static void put_move(struct netlink_batch *b, unsigned int index, const char *name, int netns_fd)
{
    const struct ifinfomsg header = {.ifi_index = (int)index};
    netlink_begin(b, RTM_NEWLINK, NLM_F_ACK, &header, sizeof(header));
    netlink_put_string(b, IFLA_IFNAME, name);
    netlink_put_u32(b, IFLA_NET_NS_FD, (uint32_t)netns_fd);
}

static int name_is_free(int fd, const char *name)
{
    struct link_facts taken;
    int r = link_find(fd, name, &taken);
    return r == 0 ? -EEXIST : r == -ENODEV ? 0 : r;
}

/* Renaming comes behind the move in the kernel: a name that is taken must be known before. */
static int choose_name(int fd, const char *wanted, char ret_name[LINK_NAME_SIZE])
{
    const char *percent = strchr(wanted, '%');
    int r = -EEXIST;
    for (int i = 0; r == -EEXIST && i < (percent ? NUMBERS_MAX : 1); i++) {
        int n = percent ? snprintf(ret_name, LINK_NAME_SIZE, "%.*s%d%s", (int)(percent - wanted), wanted, i,
                                   percent + strlen("%d"))
                        : snprintf(ret_name, LINK_NAME_SIZE, "%s", wanted);
        if (n < 0 || n >= LINK_NAME_SIZE)
            return -ENAMETOOLONG;
        r = name_is_free(fd, ret_name);
    }
    return r;
}

/* In its new place: addresses first, so that nothing runs on it without them. */
static int link_settle(int fd, const struct moved_link *m, const char *name, bool up)
{
    autobatch struct netlink_batch b = {0};
    struct link_facts facts = {0};
    int r = link_find(fd, name, &facts);
    if (r < 0)
        return r;
    addresses_put(&b, facts.index, m);
    if (up)
        put_state(&b, facts.index, true);
    return b.count > 0 ? netlink_send(fd, &b, NULL) : 0;
}

static int link_send(const struct link_place *from, const struct link_place *to,
                     const struct link_facts *facts, const char *name)
{
    autobatch struct netlink_batch b = {0}, again = {0};
    put_state(&b, facts->index, false);
    put_move(&b, facts->index, name, to->netns_fd);
    int r = netlink_send(from->socket_fd, &b, NULL);
    if (r < 0 && facts->up) {
        put_state(&again, facts->index, true);
        ignore(netlink_send(from->socket_fd, &again, NULL)); /* the failure to tell is the first */
    }
    return r;
}

int link_move(const struct link_place *from, const struct link_place *to, const char *before,
              const char *name, struct moved_link *ret_moved)
{
    struct link_facts facts = {0};
    char chosen[LINK_NAME_SIZE];
    *ret_moved = (struct moved_link){0};
    int n = snprintf(ret_moved->before, sizeof(ret_moved->before), "%s", before);
    int r = n < 0 || n >= LINK_NAME_SIZE ? -ENAMETOOLONG : link_find(from->socket_fd, before, &facts);
    if (r == 0)
        r = addresses_read(from->socket_fd, facts.index, ret_moved);
    if (r == 0)
        r = choose_name(to->socket_fd, name, chosen);
    if (r == 0)
        r = link_send(from, to, &facts, chosen);
    if (r < 0)
        return r;
    ret_moved->was_up = facts.up;
    memcpy(ret_moved->name, chosen, sizeof(chosen));
    return link_settle(to->socket_fd, ret_moved, chosen, true);
}

int link_move_back(const struct link_place *from, const struct link_place *to, struct moved_link *moved)
{
    struct link_facts facts = {0};
    if (moved->name[0] == '\0')
        return 0;
    int r = link_find(to->socket_fd, moved->name, &facts);
    if (r == 0)
        r = link_send(to, from, &facts, moved->before);
    if (r < 0)
        return r;
    moved->name[0] = '\0';
    return link_settle(from->socket_fd, moved, moved->before, moved->was_up);
}

void moved_link_free(struct moved_link *moved)
{
    free(moved->addresses);
    *moved = (struct moved_link){0};
}
