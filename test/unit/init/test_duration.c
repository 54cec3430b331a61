/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "init/duration.h"

#include <errno.h>

static void test_table(void **state)
{
    static const struct {
        const char *text;
        int result;
        int64_t ms;
    } rows[] = {
        {"50ms", 0, 50},
        {"0ms", 0, 0},
        {"1s", 0, 1000},
        {"10", 0, 10000},
        {"5m", 0, 300000},
        {"2h", 0, 7200000},
        {"720h", 0, DURATION_MAX_MS},
        {"721h", -ERANGE, 0},
        {"", -EINVAL, 0},
        {"s", -EINVAL, 0},
        {"1.5s", -EINVAL, 0},
        {"-1s", -EINVAL, 0},
        {"+1", -EINVAL, 0},
        {"1 s", -EINVAL, 0},
        {"1sec", -EINVAL, 0},
        {"99999999999999999999s", -ERANGE, 0},
        {"18446744073709552s", -ERANGE, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t ms = -7;
        assert_int_equal(duration_parse(span_of(rows[i].text), &ms), rows[i].result);
        assert_int_equal(ms, rows[i].result == 0 ? rows[i].ms : -7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
