/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "init/backoff.h"

static void test_growth(void **state)
{
    struct backoff b = {.min_ms = 50, .max_ms = 300};
    static const int64_t waits[] = {50, 100, 200, 300, 300};
    (void)state;
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(backoff_next(&b, 1000, 1001), waits[i]);
    /* a run of more than a second starts anew; one of 900 ms does not, although it is longer than max_ms */
    assert_int_equal(backoff_next(&b, 1000, 1900), 300);
    assert_int_equal(backoff_next(&b, 1000, 2001), 50);
    b = (struct backoff){.min_ms = 0, .max_ms = 100};
    assert_int_equal(backoff_next(&b, 0, 1), 0);
    assert_int_equal(backoff_next(&b, 0, 1), 1);
    assert_int_equal(backoff_next(&b, 0, 1), 2);
}

static void test_giving_up(void **state)
{
    struct backoff b = {.min_ms = 1, .max_ms = 1, .give_up_count = 3, .give_up_ms = 1000};
    (void)state;
    assert_int_equal(backoff_next(&b, 0, 100), 1);
    assert_int_equal(backoff_next(&b, 0, 600), 1);
    assert_int_equal(backoff_next(&b, 0, 1101), 1);  /* three, but in 1001 ms */
    assert_int_equal(backoff_next(&b, 0, 1600), -1); /* 600, 1101, 1600 */
    b = (struct backoff){.min_ms = 1, .max_ms = 1};
    for (int i = 0; i < 1000; i++)
        assert_int_equal(backoff_next(&b, 0, 1), 1); /* 0: never */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_growth), cmocka_unit_test(test_giving_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
