/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "init/settings.h"

#include <errno.h>

#define TEXT(s)                                                                                              \
    {                                                                                                        \
        s, sizeof(s) - 1                                                                                     \
    }

static const struct accounts accounts = {
    TEXT("root:x:0:0::/root:\napp:x:1000:1000::/home/app:\nrg:x:7:0::/:\n"),
    TEXT("root:x:0:\nvideo:x:44:app\n"),
};

static int parse(const char *item, struct settings *ret_settings)
{
    struct failure f = {0};
    int r = settings_parse((char *[]){(char *)item, NULL}, ret_settings, &f);
    return r < 0 ? f.exit_code : 0;
}

static void test_parse(void **state)
{
    struct settings s;
    static const char *const root[] = {"PUID=0",          "PUID=00",         "PGID=0",   "PUID=-1",
                                       "PUID=+5",         "PUID=abc",        "PUID= 5",  "PUID=5 ",
                                       "PUID=4294967296", "PUID=2147483648", "PGID=0x1", "PUID=1.0"};
    static const char *const usage[] = {"UMASK=8",   "UMASK=1000",  "UMASK=-1",
                                        "UMASK=0x2", "UMASK=00022", "UMASK=u=rwx"};
    (void)state;
    for (size_t i = 0; i < sizeof(root) / sizeof(root[0]); i++)
        if (parse(root[i], &s) != EXIT_WOULD_BE_ROOT)
            fail_msg("%s was not refused", root[i]);
    for (size_t i = 0; i < sizeof(usage) / sizeof(usage[0]); i++)
        if (parse(usage[i], &s) != EXIT_BAD_USAGE)
            fail_msg("%s was not refused", usage[i]);
    assert_int_equal(parse("UMASK=027", &s), 0);
    assert_int_equal(s.umask, 027);
    assert_int_equal(parse("PUID=", &s), 0);
    assert_false(s.has_uid);
    assert_int_equal(parse("PUID=2147483647", &s), 0);
    assert_int_equal(s.uid, 2147483647);
}

static void test_resolve(void **state)
{
    struct settings s = {.has_uid = true, .uid = 1234};
    struct identity i;
    struct failure f = {0};
    (void)state;
    assert_int_equal(settings_resolve(&s, "app", &accounts, &i, &f), 0);
    assert_int_equal(i.uid, 1234);
    assert_int_equal(i.gid, 1000);
    assert_int_equal(i.groups[0], 44); /* by name, whatever the number */
    assert_int_equal(settings_resolve(&s, NULL, &accounts, &i, &f), 0);
    assert_int_equal(i.gid, 1234);
    assert_int_equal(settings_resolve(&s, "root", &accounts, &i, &f), -EPERM);
    assert_int_equal(settings_resolve(&s, "rg", &accounts, &i, &f), -EPERM);
    s = (struct settings){.has_gid = true, .gid = 55};
    assert_int_equal(settings_resolve(&s, "rg", &accounts, &i, &f), 0);
    assert_int_equal(i.gid, 55);
    assert_int_equal(settings_resolve(&s, "root", &accounts, &i, &f), -EPERM);
    assert_int_equal(settings_resolve(&s, NULL, &accounts, &i, &f), -EPERM);
    assert_int_equal(f.exit_code, EXIT_WOULD_BE_ROOT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_resolve)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
