/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/network_bridge.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

static uint32_t first_of(const struct subnet_choice *choice)
{
    uint32_t subnet = 0;
    assert_int_equal(subnet_choice_first(choice, &subnet), 0);
    return subnet;
}

static void test_subnets_avoid_routes(void **state)
{
    struct subnet_choice choice = {0};
    assert_int_equal(first_of(&choice), 0x0a570000);
    (void)subnet_choice_mark(0xc0a80000, 16, &choice); /* 192.168/16: somewhere else */
    assert_int_equal(first_of(&choice), 0x0a570000);
    (void)subnet_choice_mark(0x0a57fffe, 32, &choice); /* one host of 10.87/16 */
    assert_int_equal(first_of(&choice), 0x0a580000);
    (void)subnet_choice_mark(0x0a580000, 14, &choice); /* 10.88 to 10.91 */
    assert_int_equal(first_of(&choice), 0x0a5c0000);
    (void)subnet_choice_mark(0x0a000000, 8, &choice); /* a tunnel for all of 10/8 */
    assert_int_equal(first_of(&choice), 0xac140000);
    (void)subnet_choice_mark(0xac100000, 12, &choice);
    assert_int_equal(first_of(&choice), 0xc6120000);
}

static void test_no_subnet_left_is_told(void **state)
{
    struct subnet_choice choice = {0};
    uint32_t subnet = 1;
    (void)subnet_choice_mark(0, 1, &choice);
    (void)subnet_choice_mark(0x80000000, 1, &choice);
    assert_int_equal(subnet_choice_first(&choice, &subnet), -ENOSPC);
    assert_int_equal(subnet, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subnets_avoid_routes),
        cmocka_unit_test(test_no_subnet_left_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
