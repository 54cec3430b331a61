/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/network_counters.h"

#include "base/strings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                                                                 \
    "Inter-|   Receive                                                |  Transmit\n"                         \
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo "     \
    "colls carrier compressed\n"

static void test_sums(void **state)
{
    static const struct {
        const char *text;
        uint64_t received, sent;
    } table[] = {
        {"", 0, 0},
        {HEAD, 0, 0},
        {HEAD "    lo:  100 1 0 0 0 0 0 0  100 1 0 0 0 0 0 0\n", 0, 0},
        {HEAD "    lo:  100 1 0 0 0 0 0 0  100 1 0 0 0 0 0 0\n  eth0: 1053 9 0 0 0 0 0 0  42 1 0 0 0 0 0 0\n",
         1053, 42},
        {HEAD "  eth0:1053 9 0 0 0 0 0 0 42 1 0 0 0 0 0 0\n  eth1: 7 9 0 0 0 0 0 0 8 1 0 0 0 0 0 0", 1060,
         50},
        {HEAD "eth0:1: 5 9 0 0 0 0 0 0 6 1 0 0 0 0 0 0\n", 5, 6},
        {HEAD "  eth0: 1053 9 0\n  eth1: x\n", 0, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        struct network_counters counters = {1, 1};
        assert_int_equal(network_counters_sum(table[i].text, &counters), 0);
        assert_int_equal(counters.received_bytes, table[i].received);
        assert_int_equal(counters.sent_bytes, table[i].sent);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sums)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
