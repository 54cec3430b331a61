/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/monitor_settings.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *const cleanup[] = {"/usr/bin/unroot", "--root", "/a b", "container",
                                      "cleanup",         "abc",    NULL};

static struct monitor_settings example(void)
{
    struct monitor_settings s;
    monitor_settings_init(&s);
    s.id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    s.pid = 4321;
    for (int i = 0; i < MONITOR_FD_COUNT; i++)
        s.fds[i] = i == MONITOR_FD_TTY ? -EBADF : 2147483600 + i;
    s.log_max_bytes = UINT64_MAX;
    s.stdin_once = true;
    s.cleanup = cleanup;
    return s;
}

static void comes_back_the_same(void **state)
{
    (void)state;
    struct monitor_settings s = example(), back;
    struct monitor_arguments a;
    assert_int_equal(monitor_settings_encode(&s, &a), 0);
    assert_string_equal(a.argv[0], "unroot-monitor");
    assert_int_equal(monitor_settings_decode(a.argv, &back), 0);
    assert_string_equal(back.id, s.id);
    assert_int_equal(back.pid, s.pid);
    assert_memory_equal(back.fds, s.fds, sizeof(s.fds));
    assert_true(back.log_max_bytes == s.log_max_bytes);
    assert_int_equal(back.log_max_files, 5);
    assert_true(back.stdin_once);
    for (size_t i = 0; i < ARRAY_SIZE(cleanup); i++)
        assert_ptr_equal(back.cleanup[i], cleanup[i]);
}

static void longest_fits(void **state)
{
    (void)state;
    struct monitor_settings s = example();
    struct monitor_arguments a;
    const char *many[MONITOR_CLEANUP_MAX + 2] = {"/x"};
    for (int i = 1; i <= MONITOR_CLEANUP_MAX; i++)
        many[i] = "word";
    s.cleanup = many;
    assert_int_equal(monitor_settings_encode(&s, &a), -EINVAL);
    many[MONITOR_CLEANUP_MAX] = NULL;
    assert_int_equal(monitor_settings_encode(&s, &a), 0);
    assert_int_equal(monitor_settings_decode(a.argv, &s), 0);
    assert_null(a.argv[ARRAY_SIZE(a.argv) - 1]);
}

static void expect_refused(struct monitor_settings s)
{
    struct monitor_arguments a;
    assert_int_equal(monitor_settings_encode(&s, &a), -EINVAL);
}

static void refuses_to_write_nonsense(void **state)
{
    (void)state;
    static const char *const nothing[] = {NULL}, *const relative[] = {"unroot", NULL};
    struct monitor_settings s = example();
    s.id = "ABC";
    expect_refused(s);
    s.id = "";
    expect_refused(s);
    s.id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0";
    expect_refused(s);
    s = example();
    s.pid = 1;
    expect_refused(s);
    s = example();
    s.fds[MONITOR_FD_TTY] = 5;
    expect_refused(s);
    s = example();
    s.fds[MONITOR_FD_PID] = -EBADF;
    expect_refused(s);
    s = example();
    s.fds[MONITOR_FD_CONTAINER] = -EBADF;
    expect_refused(s);
    s = example();
    s.fds[MONITOR_FD_RUN] = -EBADF;
    expect_refused(s);
    s = example();
    s.fds[MONITOR_FD_LOG] = 2;
    expect_refused(s);
    s = example();
    s.fds[MONITOR_FD_LOG] = s.fds[MONITOR_FD_RUN];
    expect_refused(s);
    s = example();
    s.fds[MONITOR_FD_LOG] = -1;
    expect_refused(s);
    s = example();
    s.log_max_files = 0;
    expect_refused(s);
    s = example();
    s.log_max_files = MONITOR_LOG_FILES_MAX + 1;
    expect_refused(s);
    s = example();
    s.cleanup = nothing;
    expect_refused(s);
    s.cleanup = relative;
    expect_refused(s);
    s.cleanup = NULL;
    expect_refused(s);
}

static void refuses_every_changed_word(void **state)
{
    (void)state;
    struct monitor_settings s = example(), back;
    struct monitor_arguments a;
    assert_int_equal(monitor_settings_encode(&s, &a), 0);
    for (size_t i = 1; i <= MONITOR_WORDS + 1; i++) {
        static const char *const wrong[] = {"", "x", "id=", "pid=-1", "=", NULL};
        const char *word = a.argv[i];
        for (size_t k = 0; k < ARRAY_SIZE(wrong); k++) {
            a.argv[i] = wrong[k];
            assert_int_equal(monitor_settings_decode(a.argv, &back), -EINVAL);
        }
        a.argv[i] = word;
    }
    assert_int_equal(monitor_settings_decode(a.argv, &back), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_the_same),
        cmocka_unit_test(longest_fits),
        cmocka_unit_test(refuses_to_write_nonsense),
        cmocka_unit_test(refuses_every_changed_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
