/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/network_firewall.h"

#include "kernel/nft.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

static struct lease_port PORTS[] = {
    {.protocol = IPPROTO_TCP, .host_port = 8080, .container_port = 80},
    {.address = 0x7f000001, .protocol = IPPROTO_UDP, .host_port = 53, .container_port = 5353}};

static struct network_lease LEASES[] = {
    {.id = "a", .address = 0x0a570002, .interface = "unroot0-00000a", .ports = PORTS, .port_count = 2},
    {.id = "b", .address = 0x0a570003, .interface = "unroot0-00000b", .state = LEASE_LEAVING},
    {.id = "c", .address = 0x0a570004, .interface = "unroot0-00000c", .state = LEASE_CLOSED}};

static const struct network_leases ALL = {
    .bridge = "unroot0", .subnet = 0x0a570000, .items = LEASES, .count = ARRAY_SIZE(LEASES)};

static unsigned count_type(const struct netlink_batch *b, unsigned type)
{
    unsigned count = 0;
    int left = (int)b->length;
    for (const struct nlmsghdr *m = (const void *)b->data; mnl_nlmsg_ok(m, left);
         m = mnl_nlmsg_next(m, &left))
        count += m->nlmsg_type == type;
    return count;
}

static unsigned count_nft(const struct netlink_batch *b, unsigned type)
{
    return count_type(b, NFNL_SUBSYS_NFTABLES << 8 | type);
}

static void test_a_transaction_has_all(void **state)
{
    autobatch struct netlink_batch b = {0};
    firewall_put_tables(&b, &ALL, false);
    assert_int_equal(b.error, 0);
    const struct nlmsghdr *m = (const void *)b.data;
    assert_int_equal(m->nlmsg_type, NFNL_MSG_BATCH_BEGIN);
    assert_int_equal(((const struct nlmsghdr *)(const void *)(b.data + b.message))->nlmsg_type,
                     NFNL_MSG_BATCH_END);
    assert_int_equal(count_nft(&b, NFT_MSG_NEWTABLE), 2);
    assert_int_equal(count_nft(&b, NFT_MSG_DELTABLE), 0);
    assert_int_equal(count_nft(&b, NFT_MSG_NEWSET), 3);
    assert_int_equal(count_nft(&b, NFT_MSG_NEWCHAIN), 6);
    /* Only the active lease: its owner and its two ports. */
    assert_int_equal(count_nft(&b, NFT_MSG_NEWSETELEM), 3);
}

static void test_replacing_deletes_first(void **state)
{
    autobatch struct netlink_batch b = {0};
    firewall_put_tables(&b, &ALL, true);
    assert_int_equal(count_nft(&b, NFT_MSG_NEWTABLE), 4);
    assert_int_equal(count_nft(&b, NFT_MSG_DELTABLE), 2);
}

static void test_keys_are_padded_as_the_kernel_compares_them(void **state)
{
    autobatch struct netlink_batch b = {0};
    static const char OWNER[] = "unroot0-00000a\0\0\x0e\x75\x0a\x57\x00\x02\0\0\x0a\x57\x00\x02";
    static const char ANYWHERE[] = "\x06\0\0\0\x1f\x90\0\0";
    static const char TARGET[] = "\x0a\x57\0\2\0\x50\0\0";
    static const char ADDRESSED[] = "\x7f\0\0\1\x11\0\0\0\0\x35\0\0";
    firewall_put_tables(&b, &ALL, false);
    assert_non_null(memmem(b.data, b.length, OWNER, sizeof(OWNER) - 1));
    assert_non_null(memmem(b.data, b.length, ANYWHERE, sizeof(ANYWHERE) - 1));
    assert_non_null(memmem(b.data, b.length, TARGET, sizeof(TARGET) - 1));
    assert_non_null(memmem(b.data, b.length, ADDRESSED, sizeof(ADDRESSED) - 1));
    assert_null(memmem(b.data, b.length, "unroot0-00000b", 14));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_transaction_has_all),
        cmocka_unit_test(test_replacing_deletes_first),
        cmocka_unit_test(test_keys_are_padded_as_the_kernel_compares_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
