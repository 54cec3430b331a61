/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_width(void **state)
{
    static const struct {
        const char *text;
        size_t width;
    } table[] = {{"", 0},          {"abc", 3},      {"é", 1}, {"日本", 4},
                 {"e\xcc\x81", 1}, {"\xff\xfe", 2}, {"…", 1}, {"\xe6\x97", 2}};
    for (size_t i = 0; i < ARRAY_SIZE(table); i++)
        assert_int_equal(display_width(table[i].text, strlen(table[i].text)), table[i].width);
}

static void test_truncate(void **state)
{
    static const struct {
        const char *text;
        size_t columns;
        const char *cut;
    } table[] = {{"abcdef", 6, "abcdef"}, {"abcdefg", 6, "abcde…"}, {"日本語", 5, "日本…"},
                 {"日本語", 4, "日…"},    {"ab", 1, "…"},           {"ab", 0, ""}};
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        autotext struct text t = {0};
        display_truncate(table[i].text, table[i].columns, &t);
        assert_string_equal(text_peek(&t), table[i].cut);
    }
}

static void test_clean(void **state)
{
    autotext struct text t = {0};
    display_clean("a\tb\n\x1b[31mé\x7f\xc2\x9b!", &t);
    assert_string_equal(text_peek(&t), "a\\tb\\n\\x1b[31mé\\x7f\\x9b!");
}

static void test_layout(void **state)
{
    autostrings struct strings lines = {0};
    autotext struct text out = {0};
    assert_int_equal(strings_add(&lines, "ID\tNAME\tX"), 0);
    assert_int_equal(strings_add(&lines, "1\t日本日本日本\t"), 0);
    assert_int_equal(strings_add(&lines, "0123456789ab\tb\tlonger than the rest"), 0);
    table_layout(&lines, &out);
    assert_string_equal(text_peek(&out), "ID             NAME           X\n"
                                         "1              日本日本日本   \n"
                                         "0123456789ab   b              longer than the rest\n");
}

/* More columns than the layout aligns still come out whole. */
static void test_many_columns(void **state)
{
    autostrings struct strings lines = {0};
    autotext struct text line = {0}, out = {0};
    for (int i = 0; i < 100; i++)
        text_append(&line, "x\t");
    assert_int_equal(strings_add(&lines, text_peek(&line)), 0);
    table_layout(&lines, &out);
    size_t count = 0;
    for (const char *c = text_peek(&out); *c; c++)
        count += *c == 'x';
    assert_int_equal(count, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_width),  cmocka_unit_test(test_truncate),     cmocka_unit_test(test_clean),
        cmocka_unit_test(test_layout), cmocka_unit_test(test_many_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
