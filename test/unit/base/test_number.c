/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *text;
    int error;
    uint64_t value;
};

static void test_parse(void **state)
{
    const struct row rows[] = {
        {"0", 0, 0},
        {"007", 0, 7},
        {"18446744073709551615", 0, UINT64_MAX},
        {"18446744073709551616", -ERANGE, 0},
        {"99999999999999999999999", -ERANGE, 0},
        {"", -EINVAL, 0},
        {" 1", -EINVAL, 0},
        {"1 ", -EINVAL, 0},
        {"+1", -EINVAL, 0},
        {"-1", -EINVAL, 0},
        {"0x1", -EINVAL, 0},
        {"1.0", -EINVAL, 0},
        {"1e3", -EINVAL, 0},
        {"\xd9\xa1", -EINVAL, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t value = 0;
        assert_int_equal(number_parse(rows[i].text, UINT64_MAX, &value), rows[i].error);
        assert_true(value == rows[i].value);
    }
    uint64_t value = 9;
    assert_int_equal(number_parse("11", 10, &value), -ERANGE);
    assert_int_equal(number_parse("10", 10, &value), 0);
    assert_true(value == 10);
}

/* In one well-known tool 4294967296 becomes root. */
static void test_ids(void **state)
{
    const struct row rows[] = {
        {"0", 0, 0},
        {"4294967294", 0, 4294967294u},
        {"4294967295", -ERANGE, 0},
        {"4294967296", -ERANGE, 0},
        {"-1", -EINVAL, 0},
        {"", -EINVAL, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint32_t id = 0;
        assert_int_equal(number_parse_id(rows[i].text, &id), rows[i].error);
        assert_true(id == rows[i].value);
    }
}

static void test_sizes(void **state)
{
    const struct row rows[] = {
        {"0", 0, 0},
        {"512", 0, 512},
        {"5b", 0, 5},
        {"64k", 0, 65536},
        {"64K", 0, 65536},
        {"64kb", 0, 65536},
        {"64KiB", 0, 65536},
        {"10m", 0, 10485760},
        {"1.5g", 0, 1610612736},
        {"0.5k", 0, 512},
        {"1.25m", 0, 1310720},
        {"2t", 0, 2199023255552},
        {"1.0009k", 0, 1024},
        {"8388607t", 0, UINT64_C(9223370937343148032)},
        {"8388608t", -ERANGE, 0},
        {"9223372036854775807", 0, INT64_MAX},
        {"9223372036854775808", -ERANGE, 0},
        {"99999999999999999999999999", -ERANGE, 0},
        {"", -EINVAL, 0},
        {"k", -EINVAL, 0},
        {"1p", -EINVAL, 0},
        {"1kk", -EINVAL, 0},
        {"1.k", -EINVAL, 0},
        {".5k", -EINVAL, 0},
        {"-1k", -EINVAL, 0},
        {"1 k", -EINVAL, 0},
        {"1k ", -EINVAL, 0},
        {"1ki", -EINVAL, 0},
        {"1ib", -EINVAL, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t value = 0;
        int r = number_parse_size(rows[i].text, &value);
        if (r != rows[i].error || value != rows[i].value)
            fail_msg("%s: %d %llu", rows[i].text, r, (unsigned long long)value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
