/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strings.h"
#include "formats/device_rate.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *text, enum device_rate_unit unit, const char *path, uint64_t rate)
{
    struct failure failure = {0};
    struct device_rate got = {0};
    assert_int_equal(device_rate_parse("f", text, unit, &got, &failure), 0);
    assert_string_equal(got.path, path);
    assert_true(got.rate == rate);
    free(got.path);
}

static void disks_and_rates(void **state)
{
    expect("/dev/sda:1mb", DEVICE_RATE_BYTES, "/dev/sda", 1048576);
    expect("/dev/mapper/a:b:0", DEVICE_RATE_BYTES, "/dev/mapper/a:b", 0);
    expect("/dev/sda:18446744073709551615", DEVICE_RATE_OPERATIONS, "/dev/sda", UINT64_MAX);
    expect("/dev/sda:10", DEVICE_RATE_WEIGHT, "/dev/sda", 10);
    expect("/dev/sda:1000", DEVICE_RATE_WEIGHT, "/dev/sda", 1000);
}

static void mistakes_name_the_flag(void **state)
{
    static const struct {
        const char *text;
        enum device_rate_unit unit;
    } bad[] = {{"", DEVICE_RATE_BYTES},
               {"sda:1", DEVICE_RATE_BYTES},
               {"/dev/:1", DEVICE_RATE_BYTES},
               {"/dev/sda", DEVICE_RATE_BYTES},
               {"/dev/sda:", DEVICE_RATE_BYTES},
               {"/dev/sda:-1", DEVICE_RATE_BYTES},
               {"/dev/sda:1mb", DEVICE_RATE_OPERATIONS},
               {"/dev/sda:18446744073709551616", DEVICE_RATE_OPERATIONS},
               {"/dev/sda:9", DEVICE_RATE_WEIGHT},
               {"/dev/sda:1001", DEVICE_RATE_WEIGHT}};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct failure failure = {0};
        struct device_rate got = {0};
        assert_int_equal(device_rate_parse("device-read-bps", bad[i].text, bad[i].unit, &got, &failure),
                         -EINVAL);
        assert_non_null(string_after(failure.text, "--device-read-bps="));
        assert_null(got.path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(disks_and_rates),
                                       cmocka_unit_test(mistakes_name_the_flag)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
