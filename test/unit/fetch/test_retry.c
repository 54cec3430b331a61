/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void waits_longer_each_time(void **state)
{
    (void)state;
    int64_t least = 0;
    for (uint32_t attempt = 1; attempt < 40; attempt++) {
        struct retry_facts f = {.attempt = attempt, .attempts = 100, .status = 503};
        int64_t low = retry_decide(&f);
        assert_true(low >= least && low <= RETRY_MAX_MS);
        least = low;
        for (f.random = 1; f.random < UINT32_MAX / 3; f.random = f.random * 3 + 1) {
            int64_t wait = retry_decide(&f);
            assert_true(wait >= low && wait <= 2 * low + 1 && wait <= RETRY_MAX_MS);
        }
    }
    assert_true(least >= RETRY_MAX_MS / 2);
}

static void gives_up(void **state)
{
    (void)state;
    static const struct {
        struct retry_facts facts;
        int tries;
    } rows[] = {
        {{.attempt = 3, .attempts = 3, .status = 503}, 0},
        {{.attempt = 2, .attempts = 3, .status = 503}, 1},
        {{.attempt = 1, .attempts = 3, .status = 404}, 0},
        {{.attempt = 1, .attempts = 3, .status = 501}, 0},
        {{.attempt = 1, .attempts = 3, .status = 408}, 1},
        {{.attempt = 1, .attempts = 3, .status = 429}, 1},
        {{.attempt = 1, .attempts = 3}, 0},
        {{.attempt = 1, .attempts = 3, .broken = true}, 1},
        {{.attempt = 1, .attempts = 3, .status = 200, .broken = true}, 1},
        {{.attempt = 1, .attempts = 1, .broken = true}, 0},
        {{.attempt = 1,
          .attempts = 3,
          .status = 429,
          .has_retry_after = true,
          .retry_after = RETRY_AFTER_MAX_SECONDS + 1},
         0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if ((retry_decide(&rows[i].facts) >= 0) != rows[i].tries)
            fail_msg("row %zu", i);
}

static void does_as_it_is_asked(void **state)
{
    (void)state;
    struct retry_facts f = {
        .attempt = 1, .attempts = 3, .status = 429, .has_retry_after = true, .retry_after = 100};
    assert_int_equal(retry_decide(&f), 100000);
    f.retry_after = 0;
    assert_true(retry_decide(&f) >= RETRY_BASE_MS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_longer_each_time),
        cmocka_unit_test(gives_up),
        cmocka_unit_test(does_as_it_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
