/* SPDX-License-Identifier: Apache-2.0 */
#include "base/failure.h" /* before cmocka.h, which has a macro fail() */
#include "cli/transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect(const struct transfer_row *row, size_t columns, const char *wanted)
{
    autotext struct text text = {0};
    transfer_row_write(row, columns, &text);
    assert_string_equal(text_peek(&text), wanted);
}

static void test_states(void **state)
{
    struct transfer_row row = {.state = TRANSFER_EXISTS, .known = true, .name = "4f4fb700ef54"};
    (void)state;
    expect(&row, 80, "4f4fb700ef54: Already exists");
    row.state = TRANSFER_WAITING;
    expect(&row, 80, "4f4fb700ef54: Waiting");
    memcpy(row.text, "rate limit, 12 s", 17);
    expect(&row, 80, "4f4fb700ef54: Waiting (rate limit, 12 s)");
    expect(&row, 20, "4f4fb700ef54: Waiti");
}

static void test_bar(void **state)
{
    struct transfer_row row = {.state = TRANSFER_DOWNLOADING,
                               .known = true,
                               .name = "4f4fb700ef54",
                               .done = 15000000,
                               .total = 30000000,
                               .rate = 10200000};
    (void)state;
    expect(&row, 80, "4f4fb700ef54: Downloading [=============>            ] 15MB/30MB 10.2MB/s");
    expect(&row, 55, "4f4fb700ef54: Downloading 15MB/30MB 10.2MB/s");
    row.state = TRANSFER_EXTRACTING;
    row.done = row.total;
    expect(&row, 60, "4f4fb700ef54: Extracting  30MB/30MB");
}

/* Whatever the figures, a row fits into its columns: one that wraps would spoil what is drawn above it. */
static void test_width(void **state)
{
    (void)state;
    for (size_t columns = 10; columns < 200; columns += 7)
        for (int s = 0; s < TRANSFER_STATE_COUNT; s++)
            for (uint64_t done = 1; done < UINT64_MAX / 1000; done *= 997) {
                autotext struct text text = {0};
                const struct transfer_row row = {
                    .state = (enum transfer_state)s,
                    .known = true,
                    .name = "4f4fb700ef54",
                    .text = "something long that a registry has to say about waiting",
                    .done = done,
                    .total = done / 2, /* a registry that lies */
                    .rate = done};
                transfer_row_write(&row, columns, &text);
                assert_true(text.length < columns);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_bar),
        cmocka_unit_test(test_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
