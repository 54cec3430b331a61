/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/toml_lines.h"

#include "base/text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *text, const char *table, const char *key, const char *wanted)
{
    autoarena struct arena arena = {0};
    struct toml_file f = {0};
    autotext struct text got = {0};
    assert_int_equal(toml_parse(&arena, &(struct toml_source){"f", text}, NULL, &f), 0);
    const struct toml_entry *e = toml_find(&f, table, key);
    if (!wanted) {
        assert_null(e);
        return;
    }
    assert_non_null(e);
    for (size_t i = 0; i < e->count; i++)
        text_printf(&got, "%s%s", i ? "|" : "", e->values[i]);
    assert_string_equal(text_peek(&got), wanted);
}

static void test_values(void **state)
{
    check("a = 1\n", "", "a", "1");
    check("a = \"x # y\" # z\n", "", "a", "x # y");
    check("a = 'c:\\n'\n", "", "a", "c:\\n");
    check("a = \"\"\"\none\ntwo\"\"\"\nb = 2\n", "", "b", "2");
    check("[t]\na = true\n", "t", "a", "true");
    check("[t]\na = true\n", "", "a", NULL);
    check("[ a . \"b.c\" ]\nk = 1\n", "a.b.c", "k", "1");
    check("[[a]]\nk = 1\n[[a]]\nk = 2\n", "a", "k", "2");
    check("a = [\"x\", 'y', 3,] # end\n", "", "a", "x|y|3");
    check("a = [\n  \"x\", # one\n  \"y\"\n]\nb = 1\n", "", "b", "1");
    check("a = []\n", "", "a", "");
    check("a.b = 1\n", "", "a.b", "1");
    check("\r\n[t]\r\na = 1\r\n", "t", "a", "1");
    check("a = {x = 1}\n", "", "a", "{x = 1}");
    check("# only a comment", "", "a", NULL);
}

static void test_lines(void **state)
{
    autoarena struct arena arena = {0};
    struct toml_file f = {0};
    const char *text = "\n# c\n[t]\n\na = [\n1,\n2]\nb = 3\n";
    assert_int_equal(toml_parse(&arena, &(struct toml_source){"f", text}, NULL, &f), 0);
    assert_int_equal(toml_find(&f, "t", "a")->line, 5);
    assert_int_equal(toml_find(&f, "t", "b")->line, 8);
    assert_int_equal(toml_find(&f, "t", "b")->table_line, 3);
    assert_true(toml_find(&f, "t", "a")->is_array);
}

static void test_bad(void **state)
{
    static const struct {
        const char *text, *place;
    } rows[] = {
        {"a\n", "f:1:1"},           {"= 1\n", "f:1:1"},
        {"a = \n", "f:1:1"},        {"\na = \"x\n", "f:2:1"},
        {"[t\n", "f:1:1"},          {"a = 1\nb = [1\n", "f:3:1"},
        {"a = [1 2]\n", NULL},      {"a = [[1]]\n", "f:1:1"},
        {"a = \"x\" y\n", "f:1:1"}, {"a = \"\"\"x\n\n", "f:3:1"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autoarena struct arena arena = {0};
        autoreport struct report report = {0};
        struct toml_file f = {0};
        int r = toml_parse(&arena, &(struct toml_source){"f", rows[i].text}, &report, &f);
        assert_int_equal(r, rows[i].place ? -EINVAL : 0);
        if (!rows[i].place)
            continue;
        assert_int_equal(report.count, 1);
        if (strcmp(report.items[0].place, rows[i].place) != 0)
            print_message("%s", rows[i].text);
        assert_string_equal(report.items[0].place, rows[i].place);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
