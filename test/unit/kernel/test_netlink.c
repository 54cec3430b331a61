/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

static const struct nlmsghdr *first(const struct netlink_batch *b)
{
    return (const void *)b->data;
}

static void test_messages_follow_each_other(void **state)
{
    autobatch struct netlink_batch b = {0};
    const uint32_t header = 7;
    netlink_begin(&b, 100, NLM_F_ACK, &header, sizeof(header));
    netlink_put_u8(&b, 1, 9);
    netlink_begin(&b, 101, 0, &header, sizeof(header));
    netlink_put_string(&b, 2, "abc");
    netlink_put_be32(&b, 3, 0x01020304);
    assert_int_equal(b.error, 0);
    assert_int_equal(b.count, 2);

    int left = (int)b.length;
    const struct nlmsghdr *m = first(&b);
    assert_true(mnl_nlmsg_ok(m, left));
    assert_int_equal(m->nlmsg_len, 16 + 4 + 8);
    assert_int_equal(m->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
    assert_int_equal(m->nlmsg_seq, 1);
    m = mnl_nlmsg_next(m, &left);
    assert_true(mnl_nlmsg_ok(m, left));
    assert_int_equal(m->nlmsg_type, 101);
    assert_int_equal(m->nlmsg_seq, 2);
    const struct nlattr *table[4];
    assert_int_equal(netlink_parse(m, sizeof(header), table, 3), 0);
    assert_null(table[1]);
    assert_string_equal(netlink_get_string(table[2]), "abc");
    assert_memory_equal(netlink_get(table[3], 4), "\1\2\3\4", 4);
    assert_null(netlink_get(table[3], 8));
    assert_null(netlink_get_string(table[3]));
    assert_null(netlink_get(NULL, 4));
    (void)mnl_nlmsg_next(m, &left);
    assert_int_equal(left, 0);
}

static void test_nests_hold_what_is_put_inside(void **state)
{
    autobatch struct netlink_batch b = {0};
    const uint32_t header = 0;
    netlink_begin(&b, 100, 0, &header, sizeof(header));
    size_t outer = netlink_nest_begin(&b, 1), inner = netlink_nest_begin(&b, 2);
    netlink_put_u16(&b, 3, 5);
    netlink_nest_end(&b, inner);
    netlink_nest_end(&b, outer);
    netlink_put_u8(&b, 2, 1);
    const struct nlattr *table[3];
    assert_int_equal(netlink_parse(first(&b), sizeof(header), table, 2), 0);
    assert_int_equal(table[1]->nla_type, 1 | NLA_F_NESTED);
    assert_int_equal(table[1]->nla_len, 4 + 4 + 8);
    assert_int_equal(table[2]->nla_len, 5);
}

static void test_a_message_over_64k_is_an_error(void **state)
{
    autobatch struct netlink_batch b = {0};
    static char large[40000];
    netlink_begin(&b, 100, 0, large, 4);
    netlink_put(&b, 1, large, sizeof(large));
    assert_int_equal(b.error, 0);
    netlink_put(&b, 1, large, sizeof(large));
    assert_int_equal(b.error, -EMSGSIZE);
    netlink_put_u8(&b, 1, 1); /* does nothing */
    assert_int_equal(netlink_send(-1, &b, NULL), -EMSGSIZE);
    netlink_batch_reset(&b);
    assert_int_equal(b.error, 0);
    assert_int_equal(b.length, 0);
    /* Two messages of 40,000 bytes are fine. */
    netlink_begin(&b, 100, 0, large, sizeof(large));
    netlink_begin(&b, 100, 0, large, sizeof(large));
    assert_int_equal(b.error, 0);
}

static void test_malformed_attributes_are_refused(void **state)
{
    autobatch struct netlink_batch b = {0};
    const uint32_t header = 0;
    const struct nlattr *table[3];
    netlink_begin(&b, 100, 0, &header, sizeof(header));
    netlink_put_u32(&b, 1, 1);
    assert_int_equal(netlink_parse(first(&b), 64, table, 2), -EBADMSG);
    ((struct nlattr *)(void *)(b.data + 20))->nla_len =
        60; /* longer than the message: left out, never read */
    assert_int_equal(netlink_parse(first(&b), sizeof(header), table, 2), 0);
    assert_null(table[1]);
}

static int never(const struct nlmsghdr *message, void *context)
{
    fail_msg("nothing was asked for");
    return 0;
}

static void test_errors_of_the_socket_are_returned(void **state)
{
    autobatch struct netlink_batch b = {0};
    const uint32_t header = 0;
    netlink_begin(&b, 100, 0, &header, sizeof(header));
    assert_int_equal(netlink_send(-1, &b, NULL), -EBADF);
    assert_int_equal(netlink_query(-1, &b, never, NULL), -EBADF);
    assert_int_equal(netlink_open(10000), -EPROTONOSUPPORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_follow_each_other),
        cmocka_unit_test(test_nests_hold_what_is_put_inside),
        cmocka_unit_test(test_a_message_over_64k_is_an_error),
        cmocka_unit_test(test_malformed_attributes_are_refused),
        cmocka_unit_test(test_errors_of_the_socket_are_returned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
