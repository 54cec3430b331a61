/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/ids.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define H 1879048192u

struct asked {
    const char *userns;
    const char *uidmap, *gidmap; /* one word each, or NULL */
    const struct id_map *subordinate;
    uint32_t caller;
};

static int plan_files(const struct asked *asked, struct start_plan *plan, struct failure *failure)
{
    struct userns_mode mode;
    autostrings struct strings uidmap = {0}, gidmap = {0};
    assert_int_equal(userns_mode_parse(asked->userns, &mode, failure), 0);
    assert_true(!asked->uidmap || strings_add(&uidmap, asked->uidmap) == 0);
    assert_true(!asked->gidmap || strings_add(&gidmap, asked->gidmap) == 0);
    const struct ids_question question = {
        .mode = &mode,
        .range_first = H,
        .subordinate_uids = asked->subordinate,
        .subordinate_gids = asked->subordinate,
        .uidmap = &uidmap,
        .gidmap = &gidmap,
        .caller_uid = asked->caller,
        .caller_gid = asked->caller,
    };
    int r = ids_plan_files(&question, plan, failure);
    userns_mode_free(&mode);
    return r;
}

static void assert_map(const struct id_map *map, const char *expected)
{
    char text[ID_MAP_TEXT_MAX + 1];
    assert_int_equal(id_map_to_text(map, text), 0);
    for (char *c = text; *c; c++)
        *c = (char)(*c == '\n' ? (c[1] ? ';' : '\0') : *c);
    assert_string_equal(text, expected);
}

static void file_maps(void **state)
{
    (void)state;
    static const struct id_map subordinate = {1, {{0, 100000, 65536}}};
    static const struct {
        struct asked asked;
        const char *uids, *gids;
        uint32_t base;
    } rows[] = {
        {{.userns = NULL}, "0 1879048192 65536", "0 1879048192 65536", H},
        {{.userns = "nomap"}, "0 1879048192 65536", "0 1879048192 65536", H},
        {{.userns = "auto:size=100"}, "0 1879048192 100", "0 1879048192 100", H},
        {{.userns = "host"}, "0 0 65536", "0 0 65536", 0},
        {{.userns = "remap", .subordinate = &subordinate}, "0 100000 65536", "0 100000 65536", 100000},
        {{.userns = "keep-id", .caller = 1000},
         "0 1879048192 1000;1000 1000 1;1001 1879049193 64535",
         "0 1879048192 1000;1000 1000 1;1001 1879049193 64535",
         H},
        {{.userns = "keep-id:uid=5,gid=0", .caller = 1000},
         "0 1879048192 5;5 1000 1;6 1879048198 65530",
         "0 1000 1;1 1879048193 65535",
         H},
        {{.userns = "keep-id:size=10,uid=9,gid=9", .caller = 1000},
         "0 1879048192 9;9 1000 1",
         "0 1879048192 9;9 1000 1",
         H},
        {{.userns = NULL, .uidmap = "0:5000:10"}, "0 5000 10", "0 5000 10", 5000},
        {{.userns = NULL, .uidmap = "0:5000:10", .gidmap = "0:6000:20"}, "0 5000 10", "0 6000 20", 5000},
        {{.userns = NULL, .uidmap = "0:1:10", .subordinate = &subordinate},
         "0 100001 10",
         "0 100001 10",
         100001},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct start_plan plan = {0};
        struct failure failure = {0};
        assert_int_equal(plan_files(&rows[i].asked, &plan, &failure), 0);
        assert_map(&plan.file_uids, rows[i].uids);
        assert_map(&plan.file_gids, rows[i].gids);
        assert_int_equal(plan.host_base, rows[i].base);
    }
}

static void listed_ids_go_over_the_range(void **state)
{
    (void)state;
    struct start_plan plan = {0};
    struct failure failure = {0};
    const struct asked asked = {.userns = "auto:uidmapping=1000:1000:1"};
    uint32_t outside;
    assert_int_equal(plan_files(&asked, &plan, &failure), 0);
    assert_true(id_map_to_outside(&plan.file_uids, 1000, &outside));
    assert_int_equal(outside, 1000);
    assert_true(id_map_to_outside(&plan.file_uids, 1001, &outside));
    assert_int_equal(outside, H + 1001);
    assert_true(id_map_to_outside(&plan.file_gids, 1000, &outside));
    assert_int_equal(outside, H + 1000);
    assert_int_equal(plan.host_base, H);
}

static void refused_maps(void **state)
{
    (void)state;
    static const struct id_map from_root = {1, {{0, 0, 65536}}};
    static const struct {
        struct asked asked;
        int error;
        const char *says;
    } rows[] = {
        {{.userns = NULL, .uidmap = "0:0:10"}, -EPERM, "uid map gives host id 0"},
        {{.userns = NULL, .uidmap = "0:5000:10", .gidmap = "0:0:1"}, -EPERM, "gid map gives host id 0"},
        {{.userns = NULL, .uidmap = "1000:5000:10"}, -EINVAL, "leaves out id 0"},
        {{.userns = "auto:uidmapping=1:0:1"}, -EPERM, "host id 0"},
        {{.userns = "auto:size=65537"}, -EINVAL, "at most 65536"},
        {{.userns = "remap", .subordinate = &from_root}, -EPERM, "host id 0"},
        {{.userns = "remap"}, -EINVAL, "no id map"},
        {{.userns = "container:web"}, -EINVAL, "no id map"},
        {{.userns = "keep-id", .caller = 0}, -EPERM, "sudo"},
        {{.userns = "keep-id", .caller = 70000}, -EINVAL, "add uid= and gid="},
        {{.userns = "keep-id:size=100", .caller = 1000}, -EINVAL, "100 ids"},
        {{.userns = "keep-id:size=65537", .caller = 1000}, -EINVAL, "at most 65536"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct start_plan plan = {0};
        struct failure failure = {0};
        assert_int_equal(plan_files(&rows[i].asked, &plan, &failure), rows[i].error);
        assert_int_equal(failure.error, rows[i].error);
        assert_non_null(strstr(failure.text, rows[i].says));
    }
}

static void payload_maps(void **state)
{
    (void)state;
    uint32_t zero[] = {44, 0}, others[] = {44, 1000};
    const struct {
        enum root_mode mode;
        bool host_ids;
        struct identity user;
        const char *uids, *gids;
    } rows[] = {
        {ROOT_MODE_MAPPED, false, {.uid = 0}, "0 1879048192 65536", "0 1879048192 65536"},
        {ROOT_MODE_MAPPED, false, {.uid = 7, .gid = 7}, "0 1879048192 65536", "0 1879048192 65536"},
        {ROOT_MODE_NONE, false, {.uid = 7, .gid = 7}, "1 1879048193 65535", "1 1879048193 65535"},
        {ROOT_MODE_NONE, false, {.uid = 7, .gid = 0}, "1 1879048193 65535", "0 1879048192 65536"},
        {ROOT_MODE_NONE,
         false,
         {.uid = 7, .gid = 7, .groups = zero, .group_count = 2},
         "1 1879048193 65535",
         "0 1879048192 65536"},
        {ROOT_MODE_NONE,
         false,
         {.uid = 7, .gid = 7, .groups = others, .group_count = 2},
         "1 1879048193 65535",
         "1 1879048193 65535"},
        {ROOT_MODE_NONE,
         true,
         {.uid = 1000, .gid = 1000, .groups = others, .group_count = 2},
         "1000 1000 1",
         "1000 1000 1;44 44 1"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct id_map range = {1, {{0, H, 65536}}};
        struct start_plan plan = {.file_uids = range, .file_gids = range};
        struct failure failure = {0};
        assert_int_equal(ids_plan_payload(rows[i].mode, rows[i].host_ids, &rows[i].user, &plan, &failure), 0);
        assert_map(&plan.uids, rows[i].uids);
        assert_map(&plan.gids, rows[i].gids);
        assert_map(&plan.file_uids, "0 1879048192 65536");
    }
}

static void id_0_is_cut_out_of_any_map(void **state)
{
    (void)state;
    const struct identity user = {.uid = 7, .gid = 7};
    struct start_plan plan = {.file_uids = {2, {{5, 9000, 10}, {0, 100, 1}}},
                              .file_gids = {1, {{0, 200, 2}}}};
    struct failure failure = {0};
    assert_int_equal(ids_plan_payload(ROOT_MODE_NONE, false, &user, &plan, &failure), 0);
    assert_map(&plan.uids, "5 9000 10");
    assert_map(&plan.gids, "1 201 1");
}

static void host_ids_never_hold_0(void **state)
{
    (void)state;
    uint32_t zero[] = {0};
    const struct identity users[] = {
        {.uid = 0, .gid = 1000},
        {.uid = 1000, .gid = 0},
        {.uid = 1000, .gid = 1000, .groups = zero, .group_count = 1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
        struct start_plan plan = {0};
        struct failure failure = {0};
        assert_int_equal(ids_plan_payload(ROOT_MODE_MAPPED, true, &users[i], &plan, &failure), -EPERM);
        assert_non_null(strstr(failure.text, "host id 0"));
    }
}

static void the_environment_names_a_later_user(void **state)
{
    struct strings environment = {0};
    assert_int_equal(ids_later_user(&environment, 0, "UID"), 0);
    assert_int_equal(strings_add(&environment, "PUID=1234") | strings_add(&environment, "GROUP_ID=55"), 0);
    assert_int_equal(ids_later_user(&environment, 0, "UID"), 1234);
    assert_int_equal(ids_later_user(&environment, 0, "GID"), 55);
    assert_int_equal(ids_later_user(&environment, 7, "UID"), 7);
    assert_int_equal(strings_set_variable(&environment, "PUID=1234x"), 0);
    assert_int_equal(ids_later_user(&environment, 0, "UID"), 0);
    strings_free(&environment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_maps),
        cmocka_unit_test(listed_ids_go_over_the_range),
        cmocka_unit_test(refused_maps),
        cmocka_unit_test(payload_maps),
        cmocka_unit_test(id_0_is_cut_out_of_any_map),
        cmocka_unit_test(host_ids_never_hold_0),
        cmocka_unit_test(the_environment_names_a_later_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
