/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sample_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check_row(const struct sample_row *row, const char *expected)
{
    struct json_object *object = make_sample_row(row);
    assert_non_null(object);
    assert_string_equal(
        json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
        expected);
    json_object_put(object);
}

/* As docker stats --format json words it. */
static void test_a_row(void **state)
{
    struct sample_row row = {
        .id = "f35b4968e22c3f34b46296dabac4a8b1d12b626320241fe86ca72393c9389765",
        .name = "web",
        .container = "web",
        .before = {.running = true, .run = 5, .taken_ns = 1000000000, .cpu_ns = 70000000},
        .now = {.running = true,
                .run = 5,
                .taken_ns = 3000000000,
                .cpu_ns = 2590000000,
                .memory_bytes = 1986560,
                .memory_limit_bytes = 64u << 20,
                .received_bytes = 1053,
                .sent_bytes = 42,
                .read_bytes = 8192000,
                .written_bytes = 0,
                .pids = 3},
    };
    check_row(
        &row,
        "{\"BlockIO\":\"8.19MB / 0B\",\"CPUPerc\":\"126.00%\",\"Container\":\"web\",\"ID\":\"f35b4968e22c\","
        "\"MemUsage\":\"1.895MiB / 64MiB\",\"MemPerc\":\"2.96%\",\"Name\":\"web\",\"NetIO\":\"1.05kB / "
        "42B\",\"PIDs\":\"3\"}");
    row.before.run = 4; /* it was restarted in between */
    row.now.received_bytes = row.now.sent_bytes = SAMPLE_UNKNOWN;
    check_row(&row,
              "{\"BlockIO\":\"8.19MB / 0B\",\"CPUPerc\":\"--\",\"Container\":\"web\",\"ID\":\"f35b4968e22c\","
              "\"MemUsage\":\"1.895MiB / "
              "64MiB\",\"MemPerc\":\"2.96%\",\"Name\":\"web\",\"NetIO\":\"--\",\"PIDs\":\"3\"}");
}

static void test_what_does_not_run(void **state)
{
    const struct sample_row row = {.id = "abc", .name = "x", .container = "abc", .no_trunc = true};
    check_row(&row, "{\"BlockIO\":\"0B / 0B\",\"CPUPerc\":\"0.00%\",\"Container\":\"abc\",\"ID\":\"abc\","
                    "\"MemUsage\":\"0B / 0B\",\"MemPerc\":\"0.00%\",\"Name\":\"x\",\"NetIO\":\"0B / "
                    "0B\",\"PIDs\":\"0\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_row),
        cmocka_unit_test(test_what_does_not_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
