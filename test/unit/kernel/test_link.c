/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/link.h"
#include "kernel/route.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

static const struct nlattr *nested(const struct nlattr *parent, uint16_t type, size_t skip)
{
    const struct nlattr *attr;
    assert_non_null(parent);
    const char *start = (const char *)mnl_attr_get_payload(parent) + skip;
    mnl_attr_for_each_payload((const void *)start, mnl_attr_get_payload_len(parent) - skip)
    {
        if (mnl_attr_get_type(attr) == type)
            return attr;
    }
    return NULL;
}

static void test_a_pair_is_one_message(void **state)
{
    autobatch struct netlink_batch b = {0};
    const uint8_t mac[6] = {2, 0, 0, 0, 0, 1}, peer_mac[6] = {2, 0, 0, 0, 0, 2};
    const struct link_pair pair = {.name = "unroot0-00abcd",
                                   .mac = mac,
                                   .bridge = 17,
                                   .peer_name = "eth0",
                                   .peer_mac = peer_mac,
                                   .peer_netns_fd = 5};
    const struct nlattr *table[IFLA_MAX + 1];
    link_put_pair(&b, &pair);
    const struct nlmsghdr *m = (const void *)b.data;
    assert_int_equal(b.count, 1);
    assert_int_equal(m->nlmsg_len, b.length);
    assert_int_equal(m->nlmsg_type, RTM_NEWLINK);
    assert_int_equal(m->nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
    assert_int_equal(netlink_parse(m, sizeof(struct ifinfomsg), table, IFLA_MAX), 0);
    assert_string_equal(netlink_get_string(table[IFLA_IFNAME]), "unroot0-00abcd");
    assert_memory_equal(netlink_get(table[IFLA_ADDRESS], 6), mac, 6);
    assert_int_equal(mnl_attr_get_u32(table[IFLA_MASTER]), 17);
    const struct nlattr *data = nested(table[IFLA_LINKINFO], IFLA_INFO_DATA, 0);
    assert_string_equal(netlink_get_string(nested(table[IFLA_LINKINFO], IFLA_INFO_KIND, 0)), "veth");
    const struct nlattr *peer = nested(data, VETH_INFO_PEER, 0);
    const size_t skip = sizeof(struct ifinfomsg);
    assert_string_equal(netlink_get_string(nested(peer, IFLA_IFNAME, skip)), "eth0");
    assert_memory_equal(netlink_get(nested(peer, IFLA_ADDRESS, skip), 6), peer_mac, 6);
    assert_int_equal(mnl_attr_get_u32(nested(peer, IFLA_NET_NS_FD, skip)), 5);
}

static void test_an_address_has_its_broadcast(void **state)
{
    autobatch struct netlink_batch b = {0};
    const struct nlattr *table[IFA_MAX + 1];
    route_put_address(&b, 3, 0x0a570002, 16);
    const struct nlmsghdr *m = (const void *)b.data;
    const struct ifaddrmsg *header = mnl_nlmsg_get_payload(m);
    assert_int_equal(header->ifa_index, 3);
    assert_int_equal(header->ifa_prefixlen, 16);
    assert_int_equal(netlink_parse(m, sizeof(*header), table, IFA_MAX), 0);
    assert_memory_equal(netlink_get(table[IFA_LOCAL], 4), "\x0a\x57\x00\x02", 4);
    assert_memory_equal(netlink_get(table[IFA_BROADCAST], 4), "\x0a\x57\xff\xff", 4);
}

static int count_loopback(uint32_t network, uint8_t prefix_length, void *context)
{
    assert_in_range(prefix_length, 1, 32);
    *(int *)context += network == 0x7f000000 && prefix_length == 8;
    return 0;
}

static int stop(uint32_t network, uint8_t prefix_length, void *context)
{
    return -ECANCELED;
}

/* Reading needs no privilege; every namespace has lo and, where it is up, its route. */
static void test_the_kernel_answers(void **state)
{
    autoclose int fd = netlink_open(NETLINK_ROUTE);
    struct link_facts facts = {0};
    int routes = 0;
    assert_true(fd >= 0);
    assert_int_equal(link_find(fd, "lo", &facts), 0);
    assert_int_equal(facts.index, 1);
    assert_int_equal(facts.master, 0);
    assert_int_equal(link_find(fd, "no-such-link", &facts), -ENODEV);
    assert_int_equal(route_walk(fd, count_loopback, &routes), 0);
    if (facts.up) {
        assert_int_equal(routes, 1);
        assert_int_equal(route_walk(fd, stop, NULL), -ECANCELED);
    }
    /* Nothing of an answer given up is left for the next question. */
    assert_int_equal(link_find(fd, "lo", &facts), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pair_is_one_message),
        cmocka_unit_test(test_an_address_has_its_broadcast),
        cmocka_unit_test(test_the_kernel_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
