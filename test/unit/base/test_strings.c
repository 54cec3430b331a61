/* SPDX-License-Identifier: Apache-2.0 */
/* strings.h, closest.h */
#include "base/closest.h"
#include "base/strings.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_list(void **state)
{
    autostrings struct strings a = {0}, b = {0};
    assert_null(a.items);
    for (int i = 0; i < 100; i++)
        assert_int_equal(strings_addf(&a, "item %d", i), 0);
    assert_int_equal(a.count, 100);
    assert_string_equal(a.items[99], "item 99");
    assert_null(a.items[100]);
    assert_int_equal(strings_add_taken(&a, strdup("taken")), 0);
    assert_int_equal(strings_add_taken(&a, NULL), -ENOMEM);
    assert_int_equal(strings_copy(&b, &a), 0);
    assert_int_equal(b.count, 101);
    assert_ptr_not_equal(a.items[5], b.items[5]);
    assert_true(strings_contain(&b, "taken"));
    assert_false(strings_contain(&b, "take"));
    strings_free(&b);
    strings_free(&b);
    assert_int_equal(b.count, 0);
}

static void test_variables(void **state)
{
    autostrings struct strings s = {0};
    const char *const words[] = {"PATH=/bin", "A=1", "AB=2", "A=3", "B", "B=4", "EMPTY=", "PATH="};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        assert_int_equal(strings_set_variable(&s, words[i]), 0);
    assert_int_equal(s.count, 5);
    assert_string_equal(s.items[0], "PATH=");
    assert_string_equal(strings_get_variable(&s, "A"), "3");
    assert_string_equal(strings_get_variable(&s, "AB"), "2");
    assert_string_equal(strings_get_variable(&s, "B"), "4");
    assert_string_equal(strings_get_variable(&s, "EMPTY"), "");
    assert_null(strings_get_variable(&s, "NONE"));
    assert_null(strings_get_variable(&s, "EMPT"));
}

static void test_sorting(void **state)
{
    autostrings struct strings s = {0};
    const char *const words[] = {"b=1", "a-b=2", "a=9", "a", "", "ab=0", "a=1"};
    const char *const sorted[] = {"", "a", "a=1", "a=9", "a-b=2", "ab=0", "b=1"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        assert_int_equal(strings_add(&s, words[i]), 0);
    strings_sort(&s);
    for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
        assert_string_equal(s.items[i], sorted[i]);
    assert_null(s.items[s.count]);
    struct strings none = {0};
    strings_sort(&none);
}

static void test_small(void **state)
{
    assert_true(streq("a", "a"));
    assert_true(streq(NULL, NULL));
    assert_false(streq("a", NULL));
    assert_false(streq(NULL, "a"));
    assert_string_equal(string_after("prefix-x", "prefix-"), "x");
    assert_string_equal(string_after("x", ""), "x");
    assert_null(string_after("pre", "prefix"));
}

static void test_closest(void **state)
{
    const char *const words[] = {"run", "create", "start", "stop", "volume", "network", "inspect"};
    const struct {
        const char *word, *wanted;
    } rows[] = {
        {"rnu", "run"},
        {"ru", "run"},
        {"stpo", "stop"},
        {"crate", "create"},
        {"volumes", "volume"},
        {"inpsect", "inspect"},
        {"run", "run"},
        {"xyzzy", NULL},
        {"", NULL},
        {"kill", NULL},
        {"a-very-long-word-that-is-far-too-long-for-any-candidate-in-the-list-of-words", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *near = closest_word(rows[i].word, words, ARRAY_SIZE(words));
        if (!streq(near, rows[i].wanted))
            fail_msg("%s: %s", rows[i].word, near ? near : "none");
    }
    assert_null(closest_word("x", words, 0));
    const char *const letters[] = {"U", "z"};
    assert_null(closest_word("", letters, ARRAY_SIZE(letters)));
    assert_string_equal(closest_word("u", letters, ARRAY_SIZE(letters)), "U");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),  cmocka_unit_test(test_variables), cmocka_unit_test(test_sorting),
        cmocka_unit_test(test_small), cmocka_unit_test(test_closest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
