/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/timestamp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    const char *text;
    int64_t seconds;
    long nanoseconds;
    const char *shortest, *fixed;
} good[] = {
    {"1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000000Z"},
    {"2026-11-21T20:33:42.5Z", 1795293222, 500000000, "2026-11-21T20:33:42.5Z",
     "2026-11-21T20:33:42.500000000Z"},
    {"2026-11-21T22:33:42.123456789999+02:00", 1795293222, 123456789, "2026-11-21T20:33:42.123456789Z",
     "2026-11-21T20:33:42.123456789Z"},
    {"2024-02-29T23:59:59-00:30", 1709252999, 0, "2024-03-01T00:29:59Z", "2024-03-01T00:29:59.000000000Z"},
    {"0001-01-01T00:00:00Z", -62135596800, 0, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000000Z"},
    {"9999-12-31T23:59:59.999999999Z", 253402300799, 999999999, "9999-12-31T23:59:59.999999999Z",
     "9999-12-31T23:59:59.999999999Z"},
};

static void reads_and_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        struct timespec moment = {0};
        char text[TIMESTAMP_SIZE];
        assert_int_equal(timestamp_parse(good[i].text, &moment), 0);
        assert_true(moment.tv_sec == good[i].seconds);
        assert_true(moment.tv_nsec == good[i].nanoseconds);
        assert_string_equal(timestamp_write(moment, text), good[i].shortest);
        assert_string_equal(timestamp_write_fixed(moment, text), good[i].fixed);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "2026",
        "2026-11-21",
        "2026-11-21T20:33:42",
        "2026-11-21T20:33:42.Z",
        "2026-11-21T20:33:42z",
        "2026-11-21t20:33:42Z",
        "2026-11-21 20:33:42Z",
        "2026-11-21T20:33:42Z ",
        " 2026-11-21T20:33:42Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T20:60:00Z",
        "2026-11-21T20:33:60Z",
        "2026-11-21T20:33:42+24:00",
        "2026-11-21T20:33:42+02",
        "2026-11-21T20:33:42+0200",
        "+026-11-21T20:33:42Z",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct timespec moment;
        if (timestamp_parse(bad[i], &moment) != -EINVAL)
            fail_msg("accepted: %s", bad[i]);
    }
}

static void clamps_years(void **state)
{
    (void)state;
    char text[TIMESTAMP_SIZE];
    assert_string_equal(timestamp_write((struct timespec){.tv_sec = INT64_MAX}, text),
                        "9999-12-31T23:59:59Z");
    assert_string_equal(timestamp_write((struct timespec){.tv_sec = INT64_MIN}, text),
                        "0001-01-01T00:00:00Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test(refuses),
        cmocka_unit_test(clamps_years),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
