/* SPDX-License-Identifier: Apache-2.0 */
/* The table of USERS-AND-PRIVILEGES section 1, row by row, under both sets of rules. */
#include "formats/user_spec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
                             "toor:x:0:0::/root2:/bin/sh\n"
                             "app:x:1000:1000::/home/app:/bin/zsh\n"
                             "1337:x:2000:2000::/home/1337:\n";
static const char group[] = "root:x:0:\nvideo:x:44:app\nrender:x:109:app,1337\napp:x:1000:\n";

struct row {
    const char *spec;
    int error;
    uint32_t uid, gid;
    const char *groups; /* "44 109" */
    const char *home;
};

#define BOTH_TABLE                                                                                           \
    {"", 0, 0, 0, "", "/root"}, {"root", 0, 0, 0, "", "/root"}, {"0", 0, 0, 0, "", "/root"},                 \
        {"00", 0, 0, 0, "", "/root"}, {"+0", 0, 0, 0, "", "/root"}, {"-0", 0, 0, 0, "", "/root"},            \
        {"0:1000", 0, 0, 1000, "", "/root"}, {"toor", 0, 0, 0, "", "/root2"},                                \
        {"1000", 0, 1000, 1000, "44 109", "/home/app"}, {"+1000", 0, 1000, 1000, "44 109", "/home/app"},     \
        {"app", 0, 1000, 1000, "44 109", "/home/app"}, {"1000:", 0, 1000, 1000, "44 109", "/home/app"},      \
        {"app:", 0, 1000, 1000, "44 109", "/home/app"}, {"app:app", 0, 1000, 1000, "", "/home/app"},         \
        {"app:44", 0, 1000, 44, "", "/home/app"}, {"1000:video", 0, 1000, 44, "", "/home/app"},              \
        {"app:video:x", 0, 1000, 44, "", "/home/app"}, {"1234:5", 0, 1234, 5, "", "/"},                      \
        {"2000", 0, 2000, 2000, "109", "/home/1337"}, {"1234:0", 0, 1234, 0, "", "/"},                       \
        {"1234:nogrp", -ENOENT, 0}, {"nobody", -ENOENT, 0}, {" 0", -ENOENT, 0}, {"0x0", -ENOENT, 0},         \
        {"app ", -ENOENT, 0}, {"2147483648", -ERANGE, 0}, {"-1", -ERANGE, 0}, {"1:2147483648", -ERANGE, 0},  \
        {"4294967296", -ERANGE, 0}, {"1:-1", -ERANGE, 0}, {"99999999999999999999", -ENOENT, 0},              \
        {"+", -ENOENT, 0}, {"-", -ENOENT, 0},                                                                \
    {                                                                                                        \
        "2147483647:2147483647", 0, 2147483647, 2147483647, "", "/"                                          \
    }

static const struct row oci_rows[] = {
    BOTH_TABLE,
    {":1000", 0, 0, 1000, "", "/root"},
    {":", 0, 0, 0, "", "/root"},
    {"1337", 0, 1337, 0, "", "/"},
    {"1234", 0, 1234, 0, "", "/"},
    {"1234:", 0, 1234, 0, "", "/"},
};

static const struct row engine_rows[] = {
    BOTH_TABLE,
    {":1000", -EINVAL, 0},
    {":", -EINVAL, 0},
    {":root", -EINVAL, 0},
    {"1337", 0, 1337, 1337, "", "/"},
    {"1234", 0, 1234, 1234, "", "/"},
    {"1234:", 0, 1234, 1234, "", "/"},
};

static struct user_spec_input input_for(enum user_rules rules, const char *spec)
{
    return (struct user_spec_input){
        .rules = rules,
        .spec = spec,
        .accounts = {passwd, group, sizeof(passwd) - 1, sizeof(group) - 1},
    };
}

static void check_row(enum user_rules rules, const struct row *row)
{
    struct user_spec_input input = input_for(rules, row->spec);
    autoidentity struct identity i = {0};
    struct failure f = {0};
    int r = user_spec_resolve(&input, &i, &f);
    if (r != row->error)
        fail_msg("\"%s\": %d %s, not %d", row->spec, r, f.text, row->error);
    if (r < 0) {
        assert_string_not_equal(f.text, "");
        return;
    }
    char groups[100] = "";
    for (size_t k = 0; k < i.group_count; k++)
        snprintf(groups + strlen(groups), sizeof(groups) - strlen(groups), "%s%u", k ? " " : "", i.groups[k]);
    if (i.uid != row->uid || i.gid != row->gid || strcmp(groups, row->groups) != 0 ||
        strcmp(i.home, row->home) != 0)
        fail_msg("\"%s\": %u:%u [%s] %s", row->spec, i.uid, i.gid, groups, i.home);
}

static void test_oci(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(oci_rows); i++)
        check_row(USER_RULES_OCI, &oci_rows[i]);
}

static void test_engine(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(engine_rows); i++)
        check_row(USER_RULES_ENGINE, &engine_rows[i]);
}

static void test_sentences(void **state)
{
    const struct {
        const char *spec, *sentence;
    } rows[] = {
        {"nobody", "unable to find user nobody: no matching entries in passwd file"},
        {"1:nogrp", "unable to find group nogrp: no matching entries in group file"},
        {"-1", "uids and gids must be in range 0-2147483647"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct user_spec_input input = input_for(USER_RULES_OCI, rows[i].spec);
        autoidentity struct identity identity = {0};
        struct failure f = {0};
        assert_true(user_spec_resolve(&input, &identity, &f) < 0);
        assert_string_equal(f.text, rows[i].sentence);
    }
}

static void test_origins(void **state)
{
    struct failure f = {0};
    struct user_spec_input input = input_for(USER_RULES_ENGINE, "app");
    autoidentity struct identity app = {0}, number = {0}, none = {0};
    assert_int_equal(user_spec_resolve(&input, &app, &f), 0);
    assert_string_equal(app.name, "app");
    assert_string_equal(app.shell, "/bin/zsh");
    assert_int_equal(app.uid_origin, IDENTITY_PASSWD);
    assert_int_equal(app.gid_origin, IDENTITY_PASSWD);
    assert_int_equal(app.group_origins[1], IDENTITY_GROUP);
    input.spec = "1234";
    assert_int_equal(user_spec_resolve(&input, &number, &f), 0);
    assert_null(number.name);
    assert_string_equal(number.shell, "/bin/sh");
    assert_int_equal(number.uid_origin, IDENTITY_GIVEN);
    assert_int_equal(number.gid_origin, IDENTITY_UID);
    assert_int_equal(number.home_origin, IDENTITY_DEFAULT);
    assert_string_equal(identity_origin_name(number.gid_origin), "same as uid");
    input.spec = NULL;
    assert_int_equal(user_spec_resolve(&input, &none, &f), 0);
    assert_int_equal(none.uid, 0);
    assert_int_equal(none.uid_origin, IDENTITY_DEFAULT);
}

static void test_no_files(void **state)
{
    const struct row rows[] = {
        {"", 0, 0, 0}, {"0", 0, 0, 0}, {"5", 0, 5, 5}, {"5:6", 0, 5, 6}, {"app", -ENOENT}, {"5:app", -ENOENT},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct user_spec_input input = {.rules = USER_RULES_ENGINE, .spec = rows[i].spec};
        autoidentity struct identity identity = {0};
        struct failure f = {0};
        assert_int_equal(user_spec_resolve(&input, &identity, &f), rows[i].error);
        assert_int_equal(identity.uid, rows[i].uid);
        assert_int_equal(identity.gid, rows[i].gid);
    }
}

/* A typing error in a passwd file is root for docker, never for the engine; too large an id wraps for nobody.
 */
static void test_bad_entries(void **state)
{
    static const char bad_passwd[] = "typo:x:1o00:100::/:\nbig:x:4294967296:100::/:\nminus:x:-1:100::/:\n"
                                     "gid:x:7:x::/:\n+::::::\nmember:x:8:8::/:\n";
    static const char bad_group[] = "odd:x:zero:member\nhuge:x:4294967296:\n";
    const struct {
        const char *spec;
        int oci, engine;
    } rows[] = {
        {"typo", 0, -EINVAL}, {"big", -ERANGE, -ERANGE}, {"minus", -ERANGE, -ERANGE},  {"gid", 0, -EINVAL},
        {"+", 0, -EINVAL},    {"member", 0, -EINVAL},    {"9:huge", -ERANGE, -ERANGE}, {"9:odd", 0, -EINVAL},
        {"0", 0, 0},          {"7:7", 0, -EINVAL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        for (int engine = 0; engine < 2; engine++) {
            struct user_spec_input input =
                input_for(engine ? USER_RULES_ENGINE : USER_RULES_OCI, rows[i].spec);
            input.accounts =
                (struct accounts_text){bad_passwd, bad_group, sizeof(bad_passwd) - 1, sizeof(bad_group) - 1};
            autoidentity struct identity identity = {0};
            struct failure f = {0};
            int r = user_spec_resolve(&input, &identity, &f);
            if (r != (engine ? rows[i].engine : rows[i].oci))
                fail_msg("\"%s\" engine %d: %d %s", rows[i].spec, engine, r, f.text);
        }
    }
}

static int resolve_groups(const char *spec, const char *const *words, struct identity *ret, struct failure *f)
{
    static const struct user_host_group host_groups[] = {{"kvm", 104}, {"video", 4444}};
    autostrings struct strings list = {0};
    for (size_t i = 0; words[i]; i++)
        assert_int_equal(strings_add(&list, words[i]), 0);
    struct user_spec_input input = input_for(USER_RULES_ENGINE, spec);
    input.group_add = &list;
    input.host_groups = host_groups;
    input.host_group_count = ARRAY_SIZE(host_groups);
    return user_spec_resolve(&input, ret, f);
}

static void test_group_add(void **state)
{
    struct failure f = {0};
    autoidentity struct identity i = {0}, kept = {0}, none = {0};
    const char *const words[] = {"44", "video", "+109", "render", "host:video", "host:kvm", "777", NULL};
    assert_int_equal(resolve_groups("app:app", words, &i, &f), 0);
    const uint32_t wanted[] = {44, 109, 4444, 104, 777};
    assert_int_equal(i.group_count, ARRAY_SIZE(wanted));
    assert_memory_equal(i.groups, wanted, sizeof(wanted));
    assert_int_equal(i.group_origins[2], IDENTITY_HOST);
    assert_int_equal(i.group_origins[0], IDENTITY_GIVEN);
    assert_int_equal(resolve_groups("app", (const char *const[]){"keep-groups", NULL}, &kept, &f), 0);
    assert_true(kept.keep_groups);
    const char *const bad[][3] = {
        {"keep-groups", "44"}, {"nogrp"}, {"host:nogrp"}, {"-1"}, {"2147483648"}, {""}, {"host:"},
    };
    for (size_t k = 0; k < ARRAY_SIZE(bad); k++) {
        struct failure g = {0};
        assert_true(resolve_groups("app", bad[k], &none, &g) < 0);
        assert_string_not_equal(g.text, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oci),       cmocka_unit_test(test_engine),   cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_origins),   cmocka_unit_test(test_no_files), cmocka_unit_test(test_bad_entries),
        cmocka_unit_test(test_group_add),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
