/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/yaml.h"

#include "data_files.h"

#include <errno.h>

static bool check_file(const char *name, const char *data, size_t size)
{
    autoarena struct arena arena = {0};
    autoreport struct report report = {0};
    struct yaml_documents documents = {0};
    int r = yaml_parse(&arena, &(struct yaml_source){name, data, size}, &report, &documents);
    assert_true(r == 0 || r == -EINVAL);
    assert_int_equal(report.count, r == 0 ? 0 : 1);
    return r == 0;
}

static void test_files(void **state)
{
    assert_true(data_files_check("yaml", check_file) >= 25);
}

static struct yaml_node *parse(struct arena *arena, const char *text)
{
    struct yaml_documents documents = {0};
    assert_int_equal(yaml_parse(arena, &(struct yaml_source){"f", text, strlen(text)}, NULL, &documents), 0);
    return documents.count ? documents.items[0] : NULL;
}

static void test_places(void **state)
{
    autoarena struct arena arena = {0};
    struct yaml_node *n = parse(&arena, "a:\n  b: [1, two]\n  c: \"0\"\n");
    assert_int_equal(yaml_get_path(n, "a.b")->line, 2);
    assert_int_equal(yaml_get_path(n, "a.b")->items[1]->column, 10);
    assert_int_equal(yaml_get_key(yaml_get(n, "a"), "c")->line, 3);
    assert_string_equal(yaml_get_text(yaml_get(n, "a"), "c"), "0");
    assert_null(yaml_get_path(n, "a.x.y"));
    assert_int_equal(n->weight, 6);
}

static void test_merge(void **state)
{
    autoarena struct arena arena = {0};
    struct yaml_node *n = parse(&arena, "x: &x {user: a, k: 1}\ny: &y {k: 2, z: 3}\n"
                                        "s:\n  <<: *x\n  k: 5\nt:\n  <<: [*x, *y]\nu:\n  \"<<\": q\n");
    assert_string_equal(yaml_text(yaml_get_path(n, "s.user")), "a");
    assert_string_equal(yaml_text(yaml_get_path(n, "s.k")), "5");
    assert_int_equal(yaml_get_path(n, "s.user")->line, 1);
    assert_string_equal(yaml_text(yaml_get_path(n, "t.k")), "1");
    assert_string_equal(yaml_text(yaml_get_path(n, "t.z")), "3");
    assert_null(yaml_get_path(n, "s.<<"));
    assert_string_equal(yaml_text(yaml_get_path(n, "u.<<")), "q");
}

static void test_integers(void **state)
{
    static const struct {
        const char *text;
        int result;
        int64_t value;
    } rows[] = {
        {"0", 0, 0},
        {"00", 0, 0},
        {"-0", 0, 0},
        {"+0", 0, 0},
        {"0x0", 0, 0},
        {"0o0", 0, 0},
        {"0b0", 0, 0},
        {"0.0", 0, 0},
        {"0e5", 0, 0},
        {"1000", 0, 1000},
        {"1_000", 0, 1000},
        {"010", 0, 8},
        {"09", 0, 9},
        {"0x3e8", 0, 1000},
        {"1e3", 0, 1000},
        {"-1", 0, -1},
        {"\"0\"", -EINVAL, 0},
        {"'5'", -EINVAL, 0},
        {"abc", -EINVAL, 0},
        {"1.5", -EINVAL, 0},
        {"~", -ENOENT, 0},
        {"", -ENOENT, 0},
        {"null", -ENOENT, 0},
        {"[1]", -EINVAL, 0},
        {"_1", -EINVAL, 0},
        {"9223372036854775808", -ERANGE, 0},
        {"1e300", -ERANGE, 0},
        {"!!int \"7\"", 0, 7},
        {"!!str 7", -EINVAL, 0},
        {"22:22", -EINVAL, 0},
        {"0x", -EINVAL, 0},
        {"true", -EINVAL, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        autoarena struct arena arena = {0};
        char text[64];
        int64_t value = -77;
        snprintf(text, sizeof(text), "a: %s\n", rows[i].text);
        int r = yaml_integer(yaml_get(parse(&arena, text), "a"), &value);
        if (r != rows[i].result || (r == 0 && value != rows[i].value))
            fail_msg("%s: %d %lld", rows[i].text, r, (long long)value);
    }
}

static void test_words(void **state)
{
    autoarena struct arena arena = {0};
    struct yaml_node *n =
        parse(&arena, "a: yes\nb: False\nc: \"true\"\nd: 22:22\ne: '22:22'\nf: 0:0\ng: 100:101\nh: 12:70\n");
    assert_true(yaml_bool(yaml_get(n, "a"), false));
    assert_false(yaml_bool(yaml_get(n, "b"), true));
    assert_true(yaml_bool(yaml_get(n, "c"), false));
    assert_true(yaml_bool(yaml_get(n, "zz"), true));
    assert_true(yaml_is_sexagesimal(yaml_get(n, "d")));
    assert_false(yaml_is_sexagesimal(yaml_get(n, "e")));
    assert_false(yaml_is_sexagesimal(yaml_get(n, "f")));
    assert_false(yaml_is_sexagesimal(yaml_get(n, "g")));
    assert_false(yaml_is_sexagesimal(yaml_get(n, "h")));
}

static void test_bombs(void **state)
{
    autoarena struct arena arena = {0};
    autoreport struct report report = {0};
    struct yaml_documents documents = {0};
    char text[4096] = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 10; i++) {
        char line[128];
        snprintf(line, sizeof(line), "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
                 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
        strcat(text, line);
    }
    assert_int_equal(yaml_parse(&arena, &(struct yaml_source){"f", text, strlen(text)}, &report, &documents),
                     -EINVAL);
    assert_string_equal(report.items[0].rule, "yaml/aliases");
    char *deep = malloc(100001);
    memset(deep, '[', 100000);
    deep[100000] = '\0';
    assert_int_equal(yaml_parse(&arena, &(struct yaml_source){"f", deep, 100000}, &report, &documents),
                     -EINVAL);
    assert_string_equal(report.items[1].rule, "yaml/depth");
    free(deep);
}

static void test_json(void **state)
{
    autoarena struct arena arena = {0};
    autoreport struct report report = {0};
    struct yaml_documents d = {0};
    const char *good = "{\n\t\"a\": {\"b\": 0},\n\t\"c\": [true, null]\n}";
    assert_int_equal(yaml_parse_json(&arena, &(struct yaml_source){"f", good, strlen(good)}, &report, &d), 0);
    assert_int_equal(yaml_get_path(d.items[0], "a.b")->line, 2);
    const char *pair = "{\"a\": \"\\ud83d\\ude00\", \"u\": 0}";
    int64_t value = 1;
    assert_int_equal(yaml_parse_json(&arena, &(struct yaml_source){"f", pair, strlen(pair)}, &report, &d), 0);
    assert_int_equal(yaml_integer(yaml_get(d.items[0], "u"), &value), 0);
    assert_int_equal(value, 0);
    const char *bad = "{\"a\": 1, \"a\": 0}";
    assert_int_equal(yaml_parse_json(&arena, &(struct yaml_source){"f", bad, strlen(bad)}, &report, &d),
                     -EINVAL);
    const char *yaml = "{a: 1}";
    assert_int_equal(yaml_parse_json(&arena, &(struct yaml_source){"f", yaml, strlen(yaml)}, &report, &d),
                     -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),    cmocka_unit_test(test_places), cmocka_unit_test(test_merge),
        cmocka_unit_test(test_integers), cmocka_unit_test(test_words),  cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
