/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/exit_record.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void comes_back_the_same(void **state)
{
    (void)state;
    struct exit_record r = {.exit_code = 192,
                            .signal = 64,
                            .finished = {1795293221, 5},
                            .oom_killed = EXIT_OOM_YES},
                       b;
    char text[EXIT_RECORD_MAX];
    size_t n = exit_record_encode(&r, text);
    assert_string_equal(text,
                        "{\"exit_code\":192,\"signal\":64,\"finished\":\"2026-11-21T20:33:41.000000005Z\","
                        "\"oom_killed\":true}\n");
    assert_int_equal(exit_record_decode(text, n, &b), 0);
    assert_int_equal(b.exit_code, 192);
    assert_int_equal(b.signal, 64);
    assert_int_equal(b.oom_killed, EXIT_OOM_YES);
    assert_true(b.finished.tv_sec == r.finished.tv_sec && b.finished.tv_nsec == 5);
}

static void refuses(void **state)
{
    (void)state;
    static const char good[] = "{\"exit_code\":0,\"signal\":0,\"finished\":\"2026-11-21T20:33:41."
                               "000000005Z\",\"oom_killed\":null}\n";
    struct exit_record record;
    size_t n = strlen(good);
    assert_int_equal(exit_record_decode(good, n, &record), 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(exit_record_decode(good, i, &record), -EINVAL);
    for (size_t i = 0; i < n; i++) {
        char changed[sizeof(good)];
        memcpy(changed, good, sizeof(good));
        changed[i] = '\0';
        assert_int_equal(exit_record_decode(changed, n, &record), -EINVAL);
        changed[i] = good[i] == '#' ? '!' : '#';
        assert_int_equal(exit_record_decode(changed, n, &record), -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_the_same),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
