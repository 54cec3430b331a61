/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/shell_word.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *word;
    const char *text;  /* NULL: refused */
    const char *words; /* joined with |; NULL: not looked at */
};

/* PWD=/home, SHELL=bash, KOREAN=한국어, NULL= (empty), PATHS=/a/b/c.tar.gz, STAR=*, SPACED="a b" */
static const struct row rows[] = {
    {"hello", "hello", "hello"},
    {"he'll'o", "hello", "hello"},
    {"he'llo", NULL, NULL},
    {"he\\'llo", "he'llo", NULL},
    {"he\\\\'llo", NULL, NULL},
    {"abc\\tdef", "abctdef", NULL},
    {"\"abc\\tdef\"", "abc\\tdef", NULL},
    {"\"abc\\\\tdef\"", "abc\\tdef", NULL},
    {"'abc\\tdef'", "abc\\tdef", NULL},
    {"hello\\", "hello", NULL},
    {"hello\\\\", "hello\\", NULL},
    {"\"hello", NULL, NULL},
    {"\"hello\\\"", NULL, NULL},
    {"\"hel'lo\"", "hel'lo", NULL},
    {"'hello", NULL, NULL},
    {"'hello\\''", NULL, NULL},
    {"''", "", ""},
    {"$.", "$.", NULL},
    {"he$1x", "hex", NULL},
    {"he$.x", "he$.x", NULL},
    {"he$pwd.", "he.", NULL},
    {"he$PWD", "he/home", NULL},
    {"he\\$PWD", "he$PWD", NULL},
    {"he\\\\$PWD", "he\\/home", NULL},
    {"\"he\\$PWD\"", "he$PWD", NULL},
    {"'he$PWD'", "he$PWD", NULL},
    {"he${}", NULL, NULL},
    {"he${}xx", NULL, NULL},
    {"he${", NULL, NULL},
    {"he${hi", NULL, NULL},
    {"he${hi:", NULL, NULL},
    {"he${:", NULL, NULL},
    {"he${:hi", NULL, NULL},
    {"he${{PWD}}", NULL, NULL},
    {"he${hi}", "he", NULL},
    {"he${hi}xx", "hexx", NULL},
    {"he${PWD}", "he/home", NULL},
    {"he${.}", NULL, NULL},
    {"he${XXX:-000}xx", "he000xx", NULL},
    {"he${PWD:-000}xx", "he/homexx", NULL},
    {"he${XXX:-$PWD}xx", "he/homexx", NULL},
    {"he${XXX:-${PWD:-yyy}}xx", "he/homexx", NULL},
    {"he${XXX:-${YYY:-yyy}}xx", "heyyyxx", NULL},
    {"he${XXX:YYY}", NULL, NULL},
    {"he${XXX?}", NULL, NULL},
    {"he${XXX:?msg}", NULL, NULL},
    {"he${PWD:?msg}", "he/home", NULL},
    {"he${NULL:?}", NULL, NULL},
    {"he${NULL?}", "he", NULL},
    {"he${XXX:+${PWD}}xx", "hexx", NULL},
    {"he${PWD:+${XXX}}xx", "hexx", NULL},
    {"he${PWD:+${SHELL}}xx", "hebashxx", NULL},
    {"he${XXX:+000}xx", "hexx", NULL},
    {"he${PWD:+000}xx", "he000xx", NULL},
    {"he${NULL:-000}", "he000", NULL},
    {"he${NULL-000}", "he", NULL},
    {"he${XXX-000}", "he000", NULL},
    {"he${NULL:+000}", "he", NULL},
    {"he${NULL+000}", "he000", NULL},
    {"he${XXX+000}", "he", NULL},
    {"'he${XX}'", "he${XX}", NULL},
    {"\"he${PWD}\"", "he/home", NULL},
    {"\"he'$PWD'\"", "he'/home'", NULL},
    {"\"$PWD\"", "/home", NULL},
    {"'$PWD'", "$PWD", NULL},
    {"'\"hi\"'", "\"hi\"", NULL},
    {"\"hi\\\"\"", "hi\"", NULL},
    {"\xED\x95\x9C$KOREAN", "\xED\x95\x9C\xED\x95\x9C", NULL},
    {"${#}", "", NULL},
    {"$?x", "x", NULL},
    {"${PATHS#*/}", "a/b/c.tar.gz", NULL},
    {"${PATHS##*/}", "c.tar.gz", NULL},
    {"${PATHS%.*}", "/a/b/c.tar", NULL},
    {"${PATHS%%.*}", "/a/b/c", NULL},
    {"${PATHS#x}", "/a/b/c.tar.gz", NULL},
    {"${PATHS#/?/}", "b/c.tar.gz", NULL},
    {"${PATHS%.??}", "/a/b/c.tar", NULL},
    {"${PATHS/\\//-}", "-a/b/c.tar.gz", NULL},
    {"${PATHS//\\//-}", "-a-b-c.tar.gz", NULL},
    {"${PATHS/b/}", "/a//c.tar.gz", NULL},
    {"${PATHS//[/x}", "/a/b/c.tar.gz", NULL},
    {"${PATHS/c*r/X}", "/a/b/X.gz", NULL},
    {"${PATHS/?b?/X}", "/aXc.tar.gz", NULL},
    {"${PATHS/b}", NULL, NULL},
    {"${PATHS/b/x", NULL, NULL},
    {"${STAR#\\*}", "", NULL},
    {"${PATHS#\\a}", NULL, NULL},
    {"${XXX#a}", "", NULL},
    {"${PWD%\\}}", "/home", NULL},
    {"${PWD^}", NULL, NULL},
    {"a $SPACED c", "a a b c", "a|a|b|c"},
    {"a \"$SPACED\" c", "a a b c", "a|a b|c"},
    {"a\\ b c", "a b c", "a b|c"},
    {"  a   b  ", "  a   b  ", "a|b"},
    {"a'' ''b", "a b", "a|b"},
    {"x$NULL y", "x y", "x|y"},
    {"a\xC2\xA0"
     "b",
     "a\xC2\xA0"
     "b",
     "a|b"},
};

static void fill(struct strings *env)
{
    static const char *const variables[] = {"PWD=/home", "SHELL=bash",          "KOREAN=\xED\x95\x9C",
                                            "NULL=",     "PATHS=/a/b/c.tar.gz", "STAR=*",
                                            "SPACED=a b"};
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        assert_int_equal(strings_add(env, variables[i]), 0);
}

static void test_table(void **state)
{
    autostrings struct strings env = {0};
    fill(&env);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autoword struct word_result result = {0};
        struct failure failure = {0};
        struct word_request request = {.word = rows[i].word, .scopes = {&env}};
        int r = shell_word_expand(&request, &result, &failure);
        if ((r == 0) != (rows[i].text != NULL))
            fail_msg("%s: %d %s", rows[i].word, r, failure.text);
        if (r < 0) {
            assert_true(failure.text[0] != '\0');
            continue;
        }
        if (strcmp(result.text, rows[i].text) != 0)
            fail_msg("%s: got %s, want %s", rows[i].word, result.text, rows[i].text);
        if (!rows[i].words)
            continue;
        char joined[256] = "";
        for (size_t k = 0; k < result.words.count; k++)
            snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s", k ? "|" : "",
                     result.words.items[k]);
        if (strcmp(joined, rows[i].words) != 0)
            fail_msg("%s: words %s, want %s", rows[i].word, joined, rows[i].words);
    }
}

static void test_escape_and_unset(void **state)
{
    autostrings struct strings env = {0};
    fill(&env);
    autoword struct word_result a = {0}, b = {0}, c = {0};
    struct failure failure = {0};
    struct word_request back = {.word = "C:\\x`$PWD", .escape = '`', .scopes = {&env}};
    assert_int_equal(shell_word_expand(&back, &a, &failure), 0);
    assert_string_equal(a.text, "C:\\x$PWD");
    struct word_request keep = {.word = "$A ${B:-x} ${C} $PWD", .keep_unset = true, .scopes = {&env}};
    assert_int_equal(shell_word_expand(&keep, &b, &failure), 0);
    assert_string_equal(b.text, "$A ${B:-x} ${C} /home");
    struct word_request unset = {.word = "$A$A$B"};
    assert_int_equal(shell_word_expand(&unset, &c, &failure), 0);
    assert_int_equal(c.unset.count, 2);
    assert_string_equal(c.unset.items[0], "A");
}

static void test_bounds(void **state)
{
    autoword struct word_result result = {0};
    struct failure failure = {0};
    char deep[5001] = "";
    for (int i = 0; i < 1000; i++)
        strcat(deep, "${A:-");
    struct word_request request = {.word = deep};
    assert_int_equal(shell_word_expand(&request, &result, &failure), -E2BIG);
    char *large = malloc((1 << 20) + 3);
    assert_non_null(large);
    memset(large, 'a', (1 << 20) + 2);
    large[(1 << 20) + 2] = '\0';
    request.word = large;
    assert_int_equal(shell_word_expand(&request, &result, &failure), -E2BIG);
    free(large);
}

/* First of the scopes wins. */
static void test_scopes(void **state)
{
    autostrings struct strings first = {0}, second = {0};
    assert_int_equal(strings_add(&first, "A=1"), 0);
    assert_int_equal(strings_add(&second, "A=2"), 0);
    assert_int_equal(strings_add(&second, "B=3"), 0);
    autoword struct word_result result = {0};
    struct failure failure = {0};
    struct word_request request = {.word = "$A$B", .scopes = {&first, &second}};
    assert_int_equal(shell_word_expand(&request, &result, &failure), 0);
    assert_string_equal(result.text, "13");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_escape_and_unset),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_scopes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
