/* SPDX-License-Identifier: Apache-2.0 */
/* failure.h, report.h, ownership.h */
#include "base/failure.h"
#include "base/report.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail

static void test_sentences(void **state)
{
    struct failure f = {0};
    assert_int_equal((fail)(&f, -EPERM, "mounting %s", "proc"), -EPERM);
    assert_string_equal(f.text, "mounting proc: Operation not permitted");
    assert_int_equal((fail)(&f, -EIO, "starting web"), -EIO);
    assert_string_equal(f.text, "starting web: mounting proc: Operation not permitted");
    assert_int_equal(f.error, -EIO);
    struct failure g = {0};
    assert_int_equal(refuse(&g, -EINVAL, "no %d", 5), -EINVAL);
    assert_string_equal(g.text, "no 5");
    assert_int_equal(fail_within(&g, "line %d", 3), -EINVAL);
    assert_string_equal(g.text, "line 3: no 5");
    struct failure hostile = {0};
    assert_int_equal(refuse(&hostile, -EINVAL, "user %s",
                            "\x1b[2J\n\x7f\xc2\x9b"
                            "1m\xc3\xa4"),
                     -EINVAL);
    assert_string_equal(hostile.text, "user ?[2J????1m\xc3\xa4");
    struct failure none = {0};
    assert_int_equal(fail_within(&none, "x"), 0);
    assert_string_equal(none.text, "");
}

/* However long the parts are, the text ends inside its array. */
static void test_long_sentences(void **state)
{
    char longer[3 * FAILURE_TEXT_SIZE];
    memset(longer, 'x', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    struct failure f = {0};
    for (int i = 0; i < 3; i++) {
        assert_int_equal((fail)(&f, -EIO, "%s", longer), -EIO);
        assert_int_equal(strlen(f.text), FAILURE_TEXT_SIZE - 1);
        assert_int_equal(refuse(&f, -EPERM, "%s", longer), -EPERM);
        assert_int_equal(strlen(f.text), FAILURE_TEXT_SIZE - 1);
        assert_int_equal(fail_within(&f, "%s", longer), -EPERM);
        assert_int_equal(strlen(f.text), FAILURE_TEXT_SIZE - 1);
    }
}

static void test_report(void **state)
{
    autoreport struct report r = {0};
    assert_int_equal(report_add(&r, "a:1", "x/y", "sentence %d", 1), -EINVAL);
    assert_string_equal(r.items[0].place, "a:1");
    assert_string_equal(r.items[0].rule, "x/y");
    assert_string_equal(r.items[0].text, "sentence 1");
    assert_int_equal(report_add(&r, "a\n", "x/y", "\x1b]0;x\a"), -EINVAL);
    assert_string_equal(r.items[1].place, "a?");
    assert_string_equal(r.items[1].text, "?]0;x?");
    for (int i = 0; i < 1499; i++)
        assert_int_equal(report_add(&r, "p", "r", "%d", i), -EINVAL);
    assert_int_equal(r.count, 1000);
    assert_int_equal(r.dropped, 501);
    report_free(&r);
    report_free(&r);
    assert_int_equal(r.count, 0);
}

static void test_ownership(void **state)
{
    int copy;
    {
        autoclose int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        copy = fd;
    }
    assert_int_equal(fcntl(copy, F_GETFD), -1);
    int taken;
    {
        autoclose int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        taken = TAKE_FD(fd);
        assert_int_equal(fd, -EBADF);
    }
    assert_true(fcntl(taken, F_GETFD) >= 0);
    close(taken);
    autofree char *p = strdup("x");
    char *moved = TAKE_PTR(p);
    assert_null(p);
    free(moved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_long_sentences),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_ownership),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
