/* SPDX-License-Identifier: Apache-2.0 */
/* The full table of specs is test/system/init/specs.txt; here is what needs no process. */
#include "suite.h"

#include "init/identity.h"

#include <errno.h>
#include <stdio.h>

#define TEXT(s)                                                                                              \
    {                                                                                                        \
        s, sizeof(s) - 1                                                                                     \
    }

static const struct accounts accounts = {
    TEXT("root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root2:\napp:x:1000:1000::/home/app:/bin/sh\n"
         "1337:x:2000:2000::/h:\nrg:x:5:0::/:\nbig:x:4294967296:1::/:\n"),
    TEXT("root:x:0:\nvideo:x:44:app\nrender:x:109:app,1337\napp:x:1000:\nzero:x:0:app\ndup:x:44:app\n"),
};

static int resolve(const char *spec, struct identity *ret_identity)
{
    struct failure f = {0};
    int r = identity_resolve(spec, &accounts, false, ret_identity, &f);
    return r < 0 ? f.exit_code : 0;
}

static void test_taken(void **state)
{
    struct identity i;
    (void)state;
    assert_int_equal(resolve("app", &i), 0);
    assert_int_equal(i.uid, 1000);
    assert_int_equal(i.group_count, 2); /* zero is gid 0, dup repeats 44 */
    assert_int_equal(i.groups[0], 44);
    assert_int_equal(i.groups[1], 109);
    assert_string_equal(i.name, "app");
    assert_string_equal(i.home, "/home/app");
    assert_int_equal(resolve("1337", &i), 0);
    assert_int_equal(i.uid, 1337); /* digits are never a name */
    assert_int_equal(i.gid, 1337);
    assert_false(i.has_entry);
    assert_int_equal(resolve("rg:app", &i), 0);
    assert_int_equal(i.gid, 1000);
}

static void test_refused(void **state)
{
    static const char *const root[] = {"0",     "00",       "root",     "toor", "root:app",
                                       "app:0", "app:root", "app:zero", "rg",   "5"};
    static const char *const bad[] = {"",      ":",      ":5",         "+1",         "-1",
                                      " 1",    "1 ",     "4294967296", "big",        "x",
                                      "app:x", "app:-1", "app:+1",     "2147483648", "\n"};
    struct identity i = {.uid = 77};
    (void)state;
    for (size_t n = 0; n < sizeof(root) / sizeof(root[0]); n++)
        if (resolve(root[n], &i) != EXIT_WOULD_BE_ROOT)
            fail_msg("%s was not refused as root", root[n]);
    for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++)
        if (resolve(bad[n], &i) != EXIT_BAD_USAGE)
            fail_msg("\"%s\" was not refused", bad[n]);
    assert_int_equal(i.uid, 77); /* nothing is written on failure */
}

static void test_allow_root(void **state)
{
    struct identity i;
    struct failure f = {0};
    (void)state;
    assert_int_equal(identity_resolve("toor", &accounts, true, &i, &f), 0);
    assert_int_equal(i.uid, 0);
    assert_string_equal(i.home, "/root2");
}

static void test_engine_groups(void **state)
{
    uint32_t given[] = {0, 44, 777, 109};
    struct inherited_groups inherited = {given, 4, 1000, 109};
    struct identity i = {.uid = 5};
    struct failure f = {0};
    (void)state;
    /* started as app: 44 is its own by the file, 109 its gid, 0 never: 777 came from the engine */
    assert_int_equal(identity_keep_engine_groups(&i, &inherited, &accounts, &f), 0);
    assert_int_equal(i.group_count, 1);
    assert_int_equal(i.groups[0], 777);
}

static void test_too_many_groups(void **state)
{
    struct identity i = {0};
    struct failure f = {0};
    (void)state;
    for (uint32_t g = 1; g <= IDENTITY_GROUPS_MAX; g++)
        assert_int_equal(identity_add_group(&i, g, &f), 0);
    assert_int_equal(identity_add_group(&i, 5, &f), 0); /* there already */
    assert_int_equal(identity_add_group(&i, 5000, &f), -E2BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken), cmocka_unit_test(test_refused), cmocka_unit_test(test_allow_root),
        cmocka_unit_test(test_engine_groups), cmocka_unit_test(test_too_many_groups)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
