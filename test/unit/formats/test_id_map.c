/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/id_map.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define BASE 2147352576u
#define HOST 1879048192u

static void test_add(void **state)
{
    const struct {
        struct id_extent extent;
        int error;
    } rows[] = {
        {{0, 1000, 10}, 0},
        {{9, 5000, 1}, -EEXIST},
        {{20, 1009, 1}, -EEXIST},
        {{20, 999, 2}, -EEXIST},
        {{10, 1010, 5}, 0},
        {{20, 2000, 0}, -EINVAL},
        {{4294967294u, 3000, 1}, 0},
        {{4294967294u, 4000, 2}, -EINVAL},
        {{100, 4294967295u, 1}, -EINVAL},
        {{20, 2000, 1}, 0},
    };
    struct id_map map = {0};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(id_map_add(&map, rows[i].extent), rows[i].error);
    assert_int_equal(map.count, 3); /* the second continues the first */
    assert_int_equal(map.extents[0].count, 15);
    assert_int_equal(id_map_size(&map), 17);
    uint32_t id;
    assert_true(id_map_to_outside(&map, 14, &id) && id == 1014);
    assert_false(id_map_to_outside(&map, 15, &id));
    assert_true(id_map_to_inside(&map, 3000, &id) && id == 4294967294u);
    assert_false(id_map_to_inside(&map, 999, &id));
    assert_true(id_map_touches_outside(&map, 500, 501));
    assert_false(id_map_touches_outside(&map, 500, 500));
    assert_false(id_map_touches_outside(&map, 0, 0));
}

static void test_limits(void **state)
{
    struct failure f = {0};
    struct id_map map = {0};
    char text[ID_MAP_TEXT_MAX + 1];
    assert_int_equal(id_map_check(&map, "uid map", &f), -EINVAL);
    for (uint32_t i = 0; i < ID_MAP_EXTENTS_MAX; i++)
        assert_int_equal(id_map_add(&map, (struct id_extent){i * 2, i * 2, 1}), 0);
    assert_int_equal(id_map_add(&map, (struct id_extent){9000, 9000, 1}), -E2BIG);
    assert_int_equal(id_map_check(&map, "uid map", &f), 0);
    assert_int_equal(id_map_to_text(&map, text), 0);
    for (uint32_t i = 0; i < ID_MAP_EXTENTS_MAX; i++)
        map.extents[i].outside += 4000000000u;
    assert_int_equal(id_map_to_text(&map, text), -E2BIG);
    assert_int_equal(id_map_check(&map, "uid map", &f), -E2BIG);
    map = (struct id_map){.count = 2, .extents = {{0, 0, 5}, {4, 10, 1}}};
    assert_int_equal(id_map_check(&map, "uid map", &f), -EINVAL);
    map = (struct id_map){.count = 2, .extents = {{0, 0, 5}, {5, 4, 1}}};
    assert_int_equal(id_map_check(&map, "uid map", &f), -EINVAL);
}

static void test_text(void **state)
{
    struct id_map map = {0}, whole = {0};
    char text[ID_MAP_TEXT_MAX + 1];
    const char *proc = "         0       1000          1\n         1     100000      65536\n";
    assert_int_equal(id_map_from_text(proc, strlen(proc), &map), 0);
    assert_int_equal(id_map_to_text(&map, text), 0);
    assert_string_equal(text, "0 1000 1\n1 100000 65536\n");
    const char *initial = "0 0 4294967295\n";
    assert_int_equal(id_map_from_text(initial, strlen(initial), &whole), 0);
    assert_int_equal(whole.extents[0].count, 4294967295u);
    const char *const bad[] = {"0 0\n",   "0 0 1 1\n", "a 0 1\n",  "0 0 4294967296\n",
                               "0 0 0\n", "\n",        "-1 0 1\n", "0 0 1\n0 5 1\n"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_true(id_map_from_text(bad[i], strlen(bad[i]), &map) < 0);
}

/* Words of --uidmap and --gidmap, separated by blanks. */
struct parse_row {
    const char *uidmap, *gidmap;
    const char *uids, *gids; /* NULL: refused */
};

static void split(const char *words, struct strings *list)
{
    autofree char *copy = strdup(words);
    char *rest = copy;
    for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " "))
        if (word[0] != '\0')
            assert_int_equal(strings_add(list, word), 0);
}

static void check_parse(const struct parse_row *row, const struct id_map *base)
{
    autostrings struct strings uidmap = {0}, gidmap = {0};
    split(row->uidmap, &uidmap);
    split(row->gidmap, &gidmap);
    struct id_map_request request = {&uidmap, &gidmap, base, base};
    struct id_map uids = {0}, gids = {0};
    struct failure f = {0};
    char text[ID_MAP_TEXT_MAX + 1];
    int r = id_map_parse(&request, &uids, &gids, &f);
    if (!row->uids) {
        if (r >= 0)
            fail_msg("accepted: %s | %s", row->uidmap, row->gidmap);
        assert_string_not_equal(f.text, "");
        return;
    }
    if (r < 0)
        fail_msg("%s | %s: %s", row->uidmap, row->gidmap, f.text);
    assert_int_equal(id_map_to_text(&uids, text), 0);
    assert_string_equal(text, row->uids);
    assert_int_equal(id_map_to_text(&gids, text), 0);
    assert_string_equal(text, row->gids);
}

static void test_parse(void **state)
{
    const struct parse_row rows[] = {
        {"0:100000:65536", "", "0 100000 65536\n", "0 100000 65536\n"},
        {"0:1000", "", "0 1000 1\n", "0 1000 1\n"},
        {"", "0:5:5", "0 5 5\n", "0 5 5\n"},
        {"0:5:5", "0:7:7", "0 5 5\n", "0 7 7\n"},
        {"0:5:5,10:20:1", "", "0 5 5\n10 20 1\n", "0 5 5\n10 20 1\n"},
        {"10:20:1 0:5:5", "", "0 5 5\n10 20 1\n", "0 5 5\n10 20 1\n"},
        /* podman-run(1): "Extending previous mappings", "Passing only one" */
        {"", "0:0:65000 +100000:1:1", "0 0 1\n2 2 64998\n100000 1 1\n", "0 0 1\n2 2 64998\n100000 1 1\n"},
        {"", "0:0:65000 +100000:1:1 1:65001:1", "0 0 1\n1 65001 1\n2 2 64998\n100000 1 1\n",
         "0 0 1\n1 65001 1\n2 2 64998\n100000 1 1\n"},
        {"", "0:0:1000 g2000:2000:1", "0 0 1000\n", "0 0 1000\n2000 2000 1\n"},
        {"0:0:1000 u5000:5000:1", "", "0 0 1000\n5000 5000 1\n", "0 0 1000\n"},
        {"0:0:10 g5:100:1", "", "0 0 10\n", NULL},
        {"0:0:10 +5:100:1", "", "0 0 5\n5 100 1\n6 6 4\n", "0 0 5\n5 100 1\n6 6 4\n"},
        {"0:0:10 +0:0:10", "", "0 0 10\n", "0 0 10\n"},
        {"0:100:10 +3:103:2", "", "0 100 10\n", "0 100 10\n"},
        {"0:100:10 +20:100:10", "", "20 100 10\n", "20 100 10\n"},
        {"0:100:10 +5:95:10", "", "5 95 10\n", "5 95 10\n"},
        {"0:@1000:1", "", "0 1000 1\n", "0 1000 1\n"},
        {"0:0:5 3:10:1", "", NULL, NULL}, /* overlap inside */
        {"0:0:5 9:4:1", "", NULL, NULL},  /* overlap outside */
        {"0", "", NULL, NULL},
        {"0:0:0", "", NULL, NULL},
        {"0:0:1:1", "", NULL, NULL},
        {"0:4294967295:1", "", NULL, NULL},
        {"0:4294967294:2", "", NULL, NULL},
        {"4294967290:0:6", "", NULL, NULL},
        {"-1:0:1", "", NULL, NULL},
        {"x0:0:1", "", NULL, NULL},
        {":0:1", "", NULL, NULL},
        {"0::1", "", NULL, NULL},
        {"0:0:", "", NULL, NULL},
        {"0:0:1,", "", NULL, NULL},
        {"", "", NULL, NULL},
        {"g0:0:1", "0:0:1", NULL, NULL}, /* leaves no uid */
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].uids && !rows[i].gids) /* only the gids are refused */
            check_parse(&(struct parse_row){rows[i].uidmap, rows[i].gidmap, NULL, NULL}, NULL);
        else
            check_parse(&rows[i], NULL);
    }
}

/* An ordinary user 1000 with 65536 subordinate ids from 100000 and the host group 2000. */
static void test_parse_with_base(void **state)
{
    const struct id_map base = {3, {{0, 1000, 1}, {1, 100000, 65536}, {65537, 2000, 1}}};
    const struct parse_row rows[] = {
        {"0:0:1 1:1:65536", "", "0 1000 1\n1 100000 65536\n", "0 1000 1\n1 100000 65536\n"},
        {"0:0:10", "", "0 1000 1\n1 100000 9\n", "0 1000 1\n1 100000 9\n"}, /* over two ranges */
        {"5:@100001:1", "", "5 100001 1\n", "5 100001 1\n"},
        {"+100000:@2000", "", "0 1000 1\n1 100000 65536\n100000 2000 1\n",
         "0 1000 1\n1 100000 65536\n100000 2000 1\n"},
        {"+0:@2000", "", "0 2000 1\n1 1000 1\n2 100000 65536\n", "0 2000 1\n1 1000 1\n2 100000 65536\n"},
        {"+5:@100001:1", "", "0 1000 1\n1 100000 1\n2 100002 3\n5 100001 1\n6 100005 65531\n65537 2000 1\n",
         "0 1000 1\n1 100000 1\n2 100002 3\n5 100001 1\n6 100005 65531\n65537 2000 1\n"},
        {"0:@1001:1", "", NULL, NULL},
        {"0:65538:1", "", NULL, NULL},
        {"0:@100000:65537", "", NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        check_parse(&rows[i], &base);
}

static void test_subordinate(void **state)
{
    const char *file =
        "# comment\nunroot:100000:65536\nother:1:2\n1000:300000:10\nunroot:x:5\nunroot:400000:5\n"
        "unroot:100010:1\nunroot:1\n\n1000:4294967290:10\nunroot:500000:0\nunroot:600000:3:4\n1000:165536:4";
    const struct {
        struct subordinate_user user;
        int error;
        const char *text;
    } rows[] = {
        {{"unroot", 0, false}, 0, "0 100000 65536\n65536 400000 5\n"},
        {{"unroot", 1000, true}, 0, "0 100000 65536\n65536 300000 10\n65546 400000 5\n65551 165536 4\n"},
        {{NULL, 1000, true}, 0, "0 300000 10\n10 165536 4\n"},
        {{"nobody", 7, true}, -ENOENT, NULL},
        {{NULL, 0, false}, -ENOENT, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct id_map map = {0};
        char text[ID_MAP_TEXT_MAX + 1];
        assert_int_equal(id_map_read_subordinate(file, strlen(file), &rows[i].user, &map), rows[i].error);
        if (!rows[i].text)
            continue;
        assert_int_equal(id_map_to_text(&map, text), 0);
        assert_string_equal(text, rows[i].text);
    }
}

struct volume_row {
    struct id_pair pairs[4];
    size_t count;
    const char *text; /* NULL: refused */
};

static void test_volume(void **state)
{
    const struct id_map container = {1, {{0, HOST, 65536}}};
    const struct volume_row rows[] = {
        {{{0}}, 0, "2147352576 1879048192 65536\n"},
        /* KERNEL.md: 1000 H+950 1; S H 950; S+951 H+951 64585 */
        {{{1000, 950}}, 1, "1000 1879049142 1\n2147352576 1879048192 950\n2147353527 1879049143 64585\n"},
        {{{1000, 0}}, 1, "1000 1879048192 1\n2147352577 1879048193 65535\n"},
        {{{1000, 65535}}, 1, "1000 1879113727 1\n2147352576 1879048192 65535\n"},
        {{{BASE + 7, 7}}, 1, "2147352576 1879048192 65536\n"},
        /* 5's place on disk belongs to 7: 5 gets the one that 7 gave up */
        {{{BASE + 5, 7}},
         1,
         "2147352576 1879048192 5\n2147352581 1879048199 1\n2147352582 1879048198 1\n2147352583 1879048197 "
         "1\n"
         "2147352584 1879048200 65528\n"},
        /* a chain: 1's place to 2, 2's place to 3; 1 gets 3's */
        {{{BASE + 1, 2}, {BASE + 2, 3}},
         2,
         "2147352576 1879048192 1\n2147352577 1879048194 2\n2147352579 1879048193 1\n2147352580 1879048196 "
         "65532\n"},
        {{{0, 10}, {1, 11}}, 2, "0 1879048202 2\n2147352576 1879048192 10\n2147352588 1879048204 65524\n"},
        {{{1000, 1}, {1000, 2}}, 2, NULL},
        {{{1000, 1}, {1001, 1}}, 2, NULL},
        {{{1000, 65536}}, 1, NULL},
        {{{4294967295u, 1}}, 1, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct id_volume_request request = {BASE, &container, rows[i].pairs, rows[i].count};
        struct id_map map = {0};
        struct failure f = {0};
        char text[ID_MAP_TEXT_MAX + 1];
        int r = id_map_volume(&request, &map, &f);
        if (!rows[i].text) {
            assert_int_equal(r, -EINVAL);
            continue;
        }
        assert_int_equal(r, 0);
        assert_int_equal(id_map_to_text(&map, text), 0);
        assert_string_equal(text, rows[i].text);
    }
}

/* A container with only two ids (mode none), and one with gaps. */
static void test_volume_of_few(void **state)
{
    const struct id_map container = {2, {{950, HOST + 950, 1}, {65534, HOST + 65534, 1}}};
    const struct id_pair pair = {1000, 950};
    struct id_volume_request request = {BASE, &container, &pair, 1};
    struct id_map map = {0};
    struct failure f = {0};
    char text[ID_MAP_TEXT_MAX + 1];
    assert_int_equal(id_map_volume(&request, &map, &f), 0);
    assert_int_equal(id_map_to_text(&map, text), 0);
    assert_string_equal(text, "1000 1879049142 1\n2147418110 1879113726 1\n");
    const struct id_map high = {1, {{3000000000u, 5, 1}}};
    request = (struct id_volume_request){BASE, &high, NULL, 0};
    assert_int_equal(id_map_volume(&request, &map, &f), -EINVAL);
}

static void test_volume_many(void **state)
{
    const struct id_map container = {1, {{0, HOST, 65536}}};
    struct id_pair pairs[ID_MAP_EXTENTS_MAX + 1];
    for (uint32_t i = 0; i < ARRAY_SIZE(pairs); i++)
        pairs[i] = (struct id_pair){1000 + 2 * i, 5000 + 2 * i};
    struct id_volume_request request = {BASE, &container, pairs, 40};
    struct id_map map = {0};
    struct failure f = {0}, g = {0};
    assert_int_equal(id_map_volume(&request, &map, &f), 0);
    assert_int_equal(id_map_size(&map), 65536);
    request.pair_count = 200;
    assert_int_equal(id_map_volume(&request, &map, &f), -E2BIG);
    request.pair_count = ARRAY_SIZE(pairs);
    assert_int_equal(id_map_volume(&request, &map, &g), -E2BIG);
}

static void test_translate(void **state)
{
    struct id_map from = {0}, to = {0}, map;
    const struct id_extent first[] = {{0, 1000, 10}, {20, 5000, 10}}, second[] = {{5, 70000, 20}};
    for (size_t i = 0; i < ARRAY_SIZE(first); i++)
        assert_int_equal(id_map_add(&from, first[i]), 0);
    assert_int_equal(id_map_add(&to, second[0]), 0);
    assert_int_equal(id_map_translate(&from, &to, &map), 0);
    assert_int_equal(map.count, 2); /* 5..9 and 20..24 are in both */
    assert_true(map.extents[0].inside == 1005 && map.extents[0].outside == 70000 &&
                map.extents[0].count == 5);
    assert_true(map.extents[1].inside == 5000 && map.extents[1].outside == 70015 &&
                map.extents[1].count == 5);
    assert_true(id_map_equal(&from, &from));
    assert_false(id_map_equal(&from, &to));
    /* Two ids of one that are the same id of the other cannot be one map. */
    const struct id_map twice = {.count = 2, .extents = {{0, 10, 1}, {0, 20, 1}}};
    assert_int_equal(id_map_translate(&twice, &from, &map), -EEXIST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_with_base),
        cmocka_unit_test(test_subordinate),
        cmocka_unit_test(test_translate),
        cmocka_unit_test(test_volume),
        cmocka_unit_test(test_volume_of_few),
        cmocka_unit_test(test_volume_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
