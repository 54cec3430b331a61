/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/accounts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct accounts_text text_of(const char *passwd, const char *group)
{
    return (struct accounts_text){passwd, group, passwd ? strlen(passwd) : 0, group ? strlen(group) : 0};
}

static void test_reading(void **state)
{
    struct accounts_text text =
        text_of("  root:x:0:0:r:/root:/bin/sh \r\n\n\t\nshort\napp:x:1000:1000::/home/app:/bin/sh:extra:x\n"
                "app:x:5:5::/second:\nlast:x:+7:08",
                "wheel:x:10:app,root\nempty:x:11:\nodd:x:12:a,,b\n");
    autoaccounts struct accounts a = {0};
    struct failure f = {0};
    assert_int_equal(accounts_read(&text, &a, &f), 0);
    assert_int_equal(a.user_count, 5);
    assert_string_equal(a.users[0].name, "root");
    assert_string_equal(a.users[0].shell, "/bin/sh");
    assert_string_equal(a.users[1].name, "short");
    assert_true(a.users[1].uid.bad);
    assert_int_equal(a.users[1].uid.value, 0);
    assert_int_equal(accounts_find_user(&a, "app")->uid.value, 1000);
    assert_string_equal(accounts_find_user(&a, "app")->shell, "/bin/sh");
    assert_int_equal(accounts_find_user(&a, "last")->uid.value, 7);
    assert_int_equal(accounts_find_user(&a, "last")->gid.value, 8);
    assert_string_equal(accounts_find_uid(&a, 5)->home, "/second");
    assert_null(accounts_find_uid(&a, 6));
    assert_null(accounts_find_user(&a, "none"));
    assert_string_equal(accounts_find_uid(&a, 0)->name, "root"); /* not "short", whose uid is no number */
    assert_int_equal(a.groups[0].members.count, 2);
    assert_int_equal(accounts_find_group(&a, "empty")->members.count, 0);
    assert_int_equal(accounts_find_gid(&a, 12)->members.count, 3);
    assert_int_equal(accounts_largest_id(&a), 1000);
}

static void test_limits(void **state)
{
    struct failure f = {0};
    autoaccounts struct accounts a = {0};
    autofree char *line = malloc(ACCOUNTS_LINE_MAX + 2);
    memset(line, 'a', ACCOUNTS_LINE_MAX + 2);
    struct accounts_text text = {.passwd = line, .passwd_size = ACCOUNTS_LINE_MAX};
    assert_int_equal(accounts_read(&text, &a, &f), -EFBIG);
    text.passwd_size = ACCOUNTS_LINE_MAX - 1;
    assert_int_equal(accounts_read(&text, &a, &f), 0);
    text.passwd_size = ACCOUNTS_SIZE_MAX + 1; /* refused before it is read */
    assert_int_equal(accounts_read(&text, &a, &f), -EFBIG);
    autoaccounts struct accounts b = {0};
    struct accounts_text nul = {.passwd = "ro\0ot:x:0:0::/:\napp:x:1:1::/:", .passwd_size = 28};
    assert_int_equal(accounts_read(&nul, &b, &f), 0);
    assert_int_equal(b.user_count, 1);
    assert_int_equal(b.skipped, 1);
}

static void test_integers(void **state)
{
    const struct {
        const char *text;
        int error;
        int64_t value;
    } rows[] = {
        {"0", 0, 0},
        {"007", 0, 7},
        {"+5", 0, 5},
        {"-5", 0, -5},
        {"-0", 0, 0},
        {"9223372036854775807", 0, INT64_MAX},
        {"", -EINVAL, 0},
        {"+", -EINVAL, 0},
        {"-", -EINVAL, 0},
        {"--1", -EINVAL},
        {"+-1", -EINVAL},
        {" 1", -EINVAL},
        {"1 ", -EINVAL},
        {"0x1", -EINVAL},
        {"1_0", -EINVAL},
        {"1e3", -EINVAL},
        {"9223372036854775808", -ERANGE},
        {"-9223372036854775808", 0, INT64_MIN},
        {"-9223372036854775809", -ERANGE},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        int64_t value = 0;
        assert_int_equal(accounts_parse_integer(rows[i].text, &value), rows[i].error);
        assert_true(value == rows[i].value);
    }
}

static void check_synthesis(struct synthesis_request request, const char *passwd, const char *group,
                            const char *passwd_lines, const char *group_lines)
{
    struct accounts_text text = text_of(passwd, group);
    struct failure f = {0};
    autofree char *p = NULL, *g = NULL;
    assert_int_equal(accounts_synthesise(&request, &text, &p, &g, &f), 0);
    assert_string_equal(p, passwd_lines);
    assert_string_equal(g, group_lines);
}

static void test_synthesis(void **state)
{
    const char *passwd = "root:x:0:0::/root:/bin/sh\n", *group = "root:x:0:\nvideo:x:44:\n";
    const uint32_t groups[] = {44, 109, 109, 1000};
    struct synthesis_request r = {.uid = 1000, .gid = 1000, .home = "/home/x", .shell = "/bin/ash"};
    check_synthesis(r, passwd, group, "user1000:x:1000:1000::/home/x:/bin/ash\n", "group1000:x:1000:\n");
    r.groups = groups;
    r.group_count = ARRAY_SIZE(groups);
    r.name = "me";
    check_synthesis(r, passwd, group, "me:x:1000:1000::/home/x:/bin/ash\n",
                    "group1000:x:1000:\ngroup109:x:109:\n");
    /* Nothing to add; no line break at the end; taken names. */
    check_synthesis((struct synthesis_request){0}, passwd, group, "", "");
    check_synthesis((struct synthesis_request){.uid = 5, .name = "root"}, "root:x:0:0::/root:/bin/sh",
                    "root:x:0:", "\nuser5:x:5:0::/:/bin/sh\n", "");
    check_synthesis((struct synthesis_request){.uid = 5, .gid = 5},
                    "user5:x:6:6::/:", "group5:x:6:", "\nuser5_:x:5:5::/:/bin/sh\n", "\ngroup5_:x:5:\n");
    /* An image without /etc. */
    const char *both = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n";
    check_synthesis((struct synthesis_request){0}, NULL, NULL, both, "root:x:0:\nnogroup:x:65534:\n");
}

static void test_smuggling(void **state)
{
    static const char *const bad[] = {
        "a:b", "a\nroot2:x:0:0::/:/bin/sh",
        "a\r", "\t",
        "",    "1000",
        "-x",  "+x",
        "a b", "a,b",
        "#x",  "a-name-of-more-than-thirty-two-bytes",
        "a/b",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        check_synthesis((struct synthesis_request){.uid = 1, .gid = 0, .name = bad[i]}, "root:x:0:0::/:\n",
                        "root:x:0:\n", "user1:x:1:0::/:/bin/sh\n", "");
    check_synthesis(
        (struct synthesis_request){.uid = 1, .gid = 0, .home = "/a:/b", .shell = "/bin/sh\nroot2:x:0:0:::"},
        "root:x:0:0::/:\n", "root:x:0:\n", "user1:x:1:0::/:/bin/sh\n", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),   cmocka_unit_test(test_limits),    cmocka_unit_test(test_integers),
        cmocka_unit_test(test_synthesis), cmocka_unit_test(test_smuggling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
