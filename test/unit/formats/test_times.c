/* SPDX-License-Identifier: Apache-2.0 */
/* duration.h and timestamp.h */
#include "base/ownership.h"
#include "formats/duration.h"
#include "formats/timestamp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define S 1000000000LL

static void test_durations(void **state)
{
    const struct {
        const char *text;
        int error;
        long long value;
        const char *written; /* NULL: as `text` */
    } rows[] = {
        {"0", 0, 0, "0s"},
        {"10s", 0, 10 * S, NULL},
        {"1h30m0s", 0, 5400 * S, NULL},
        {"1h30m", 0, 5400 * S, "1h30m0s"},
        {"1.5h", 0, 5400 * S, "1h30m0s"},
        {"-2m", 0, -120 * S, "-2m0s"},
        {"+5s", 0, 5 * S, "5s"},
        {"100ms", 0, S / 10, NULL},
        {"1.5ms", 0, 1500000, NULL},
        {"7us", 0, 7000, "7\xc2\xb5s"},
        {"7\xc2\xb5s", 0, 7000, NULL},
        {"7\xce\xbcs", 0, 7000, "7\xc2\xb5s"},
        {"3ns", 0, 3, NULL},
        {".5s", 0, S / 2, "500ms"},
        {"1.s", 0, S, "1s"},
        {"1.0000000001s", 0, S, "1s"},
        {"1s1s", 0, 2 * S, "2s"},
        {"1m0.25s", 0, 60 * S + S / 4, "1m0.25s"},
        {"2562047h47m16.854775807s", 0, INT64_MAX, NULL},
        {"-2562047h47m16.854775808s", 0, INT64_MIN, NULL},
        {"2562047h47m16.854775808s", -ERANGE, 0, NULL},
        {"9223372036854775808s", -ERANGE, 0, NULL},
        {"99999999999999999999s", -ERANGE, 0, NULL},
        {"", -EINVAL, 0, NULL},
        {"10", -EINVAL, 0, NULL},
        {"-", -EINVAL, 0, NULL},
        {"s", -EINVAL, 0, NULL},
        {".s", -EINVAL, 0, NULL},
        {"1d", -EINVAL, 0, NULL},
        {"1S", -EINVAL, 0, NULL},
        {" 1s", -EINVAL, 0, NULL},
        {"1s ", -EINVAL, 0, NULL},
        {"1 s", -EINVAL, 0, NULL},
        {"--1s", -EINVAL, 0, NULL},
        {"1s-1s", -EINVAL, 0, NULL},
        {"00", -EINVAL, 0, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        int64_t value = 0;
        int r = duration_parse(rows[i].text, &value);
        if (r != rows[i].error || value != rows[i].value)
            fail_msg("%s: %d %lld", rows[i].text, r, (long long)value);
        char text[DURATION_TEXT_SIZE];
        duration_write(value, text);
        if (r == 0)
            assert_string_equal(text, rows[i].written ? rows[i].written : rows[i].text);
    }
    int64_t value;
    assert_int_equal(duration_parse_seconds("10", &value), 0);
    assert_true(value == 10 * S);
    assert_int_equal(duration_parse_seconds("1m", &value), 0);
    assert_true(value == 60 * S);
    assert_int_equal(duration_parse_seconds("-1s", &value), -ERANGE);
    assert_int_equal(duration_parse_seconds("9223372037", &value), -ERANGE);
    assert_int_equal(duration_parse_seconds("x", &value), -EINVAL);
}

static void test_timestamps(void **state)
{
    const struct {
        const char *text;
        time_t seconds;
        long nanoseconds;
        const char *written;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0, 0, NULL},
        {"2026-11-21T20:33:42.5Z", 1795293222, 500000000, NULL},
        {"2000-02-29T23:59:59.000000001Z", 951868799, 1, NULL},
        {"2024-03-01T00:00:00+01:30", 1709245800, 0, "2024-02-29T22:30:00Z"},
        {"1969-12-31T23:59:59.25Z", -1, 250000000, NULL},
        {"0001-01-01T00:00:00Z", -62135596800, 0, NULL},
        {"9999-12-31T23:59:59.999999999Z", 253402300799, 999999999, NULL},
        {"2024-01-01T00:00:00.1234567891Z", 1704067200, 123456789, "2024-01-01T00:00:00.123456789Z"},
        {"2024-01-01T00:00:00-00:00", 1704067200, 0, "2024-01-01T00:00:00Z"},
    };
    char text[TIMESTAMP_SIZE];
    struct timespec t;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(timestamp_parse(rows[i].text, &t), 0);
        if (t.tv_sec != rows[i].seconds || t.tv_nsec != rows[i].nanoseconds)
            fail_msg("%s: %lld", rows[i].text, (long long)t.tv_sec);
        assert_string_equal(timestamp_write(t, text), rows[i].written ? rows[i].written : rows[i].text);
    }
    const char *const bad[] = {"",
                               "2024",
                               "2024-01-01",
                               "2024-01-01T00:00:00",
                               "2024-01-01T00:00Z",
                               "2024-13-01T00:00:00Z",
                               "2024-00-01T00:00:00Z",
                               "2024-01-32T00:00:00Z",
                               "2023-02-29T00:00:00Z",
                               "1900-02-29T00:00:00Z",
                               "2024-01-01T24:00:00Z",
                               "2024-01-01T00:60:00Z",
                               "2024-01-01T00:00:60Z",
                               "2024-01-01 00:00:00Z",
                               "2024-01-01T00:00:00.Z",
                               "2024-01-01T00:00:00z",
                               "2024-01-01T00:00:00+1:00",
                               "2024-01-01T00:00:00+24:00",
                               "2024-01-01T00:00:00Zx",
                               "0000-01-01T00:00:00Z",
                               "-001-01-01T00:00:00Z",
                               "24-01-01T00:00:00Z"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(timestamp_parse(bad[i], &t), -EINVAL);
    t = (struct timespec){.tv_sec = 0, .tv_nsec = 5};
    assert_string_equal(timestamp_write_fixed(t, text), "1970-01-01T00:00:00.000000005Z");
    t = (struct timespec){.tv_sec = INT64_MAX};
    assert_string_equal(timestamp_write(t, text), "9999-12-31T23:59:59Z");
    t = (struct timespec){.tv_sec = INT64_MIN};
    assert_string_equal(timestamp_write(t, text), "0001-01-01T00:00:00Z");
}

/* Every day of 400 years comes back. */
static void test_all_days(void **state)
{
    char text[TIMESTAMP_SIZE];
    struct timespec t;
    for (long long day = 0; day < 146097; day++) {
        struct timespec wanted = {.tv_sec = (day - 50000) * 86400 + day % 86400};
        assert_int_equal(timestamp_parse(timestamp_write(wanted, text), &t), 0);
        assert_true(t.tv_sec == wanted.tv_sec);
    }
}

static void test_moments(void **state)
{
    const struct timespec now = {.tv_sec = 1704067200, .tv_nsec = 250000000};
    const struct {
        const char *text;
        long long seconds;
        long nanoseconds;
    } rows[] = {
        {"10s", 1704067190, 250000000},
        {"0.5s", 1704067199, 750000000},
        {"-0.75s", 1704067201, 0},
        {"1h", 1704063600, 250000000},
        {"0", 1704067200, 250000000},
        {"1700000000", 1700000000, 0},
        {"1700000000.5", 1700000000, 500000000},
        {"1700000000.0000000019", 1700000000, 1},
        {"2024-01-01", 1704067200, 0},
        {"2024-01-01T01", 1704070800, 0},
        {"2024-01-01T01:02", 1704070920, 0},
        {"2024-01-01T01:02:03", 1704070923, 0},
        {"2024-01-01T01:02:03.25+01:00", 1704067323, 250000000},
        {"2024-01-01Z", 1704067200, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct timespec t;
        assert_int_equal(moment_parse(rows[i].text, now, &t), 0);
        if (t.tv_sec != rows[i].seconds || t.tv_nsec != rows[i].nanoseconds)
            fail_msg("%s: %lld.%ld", rows[i].text, (long long)t.tv_sec, t.tv_nsec);
    }
    struct timespec t;
    const char *const bad[] = {"",   "yesterday", "2024-1-1", "1.5.6", ".5", "-5", "99999999999999999999",
                               "1e9"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_true(moment_parse(bad[i], now, &t) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_timestamps),
        cmocka_unit_test(test_all_days),
        cmocka_unit_test(test_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
