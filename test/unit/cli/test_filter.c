/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filter.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool match_color(const void *object, const char *value)
{
    return streq(object, value);
}

static bool match_name(const void *object, const char *value)
{
    return filter_match_pattern(object, value);
}

static const char *const colors[] = {"red", "green", "blue", NULL};
static const struct filter_key keys[] = {
    {"color", match_color, colors}, {"name", match_name, NULL}, {"health", NULL, NULL}, {NULL, NULL, NULL}};

static struct strings list(const char *first, const char *second, const char *third)
{
    struct strings s = {0};
    const char *all[] = {first, second, third};
    for (size_t i = 0; i < ARRAY_SIZE(all) && all[i]; i++)
        assert_int_equal(strings_add(&s, all[i]), 0);
    return s;
}

static void test_check(void **state)
{
    static const struct {
        const char *filter;
        int error;
        const char *text;
    } table[] = {
        {"color=red", 0, ""},
        {"name=", 0, ""},
        {"color", -EINVAL, "--filter takes KEY=VALUE, not \"color\""},
        {"colour=red", -EINVAL, "--filter has no key \"colour\": did you mean color?"},
        {"xyz=1", -EINVAL, "--filter has no key \"xyz\""},
        {"color=pink", -EINVAL, "--filter color: there is no \"pink\""},
        {"health=healthy", -ENOTSUP, "--filter health= is not there yet"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        autostrings struct strings filters = list(table[i].filter, NULL, NULL);
        struct failure failure = {0};
        assert_int_equal(filters_check(keys, &filters, &failure), table[i].error);
        assert_string_equal(failure.text, table[i].text);
    }
}

static void test_match(void **state)
{
    autostrings struct strings none = {0}, one = list("color=red", NULL, NULL),
                               either = list("color=red", "color=blue", NULL),
                               both = list("color=red", "color=blue", "name=^b");
    assert_true(filters_match(keys, &none, "anything"));
    assert_true(filters_match(keys, &one, "red"));
    assert_false(filters_match(keys, &one, "blue"));
    assert_true(filters_match(keys, &either, "blue"));
    assert_true(filters_match(keys, &both, "blue"));
    assert_false(filters_match(keys, &both, "red"));
}

static void test_pattern(void **state)
{
    assert_true(filter_match_pattern("web-1", "web"));
    assert_true(filter_match_pattern("web-1", "^web-[0-9]$"));
    assert_false(filter_match_pattern("my-web-1", "^web"));
    assert_true(filter_match_pattern("a[b", "a[b"));
}

static void test_label(void **state)
{
    autostrings struct strings labels = list("tier=front", "note=", "x.y=1=2");
    assert_true(filter_match_label(&labels, "tier"));
    assert_true(filter_match_label(&labels, "tier=front"));
    assert_true(filter_match_label(&labels, "x.y=1=2"));
    assert_true(filter_match_label(&labels, "note"));
    assert_false(filter_match_label(&labels, "tie"));
    assert_false(filter_match_label(&labels, "tier=fron"));
    assert_false(filter_match_label(&labels, "front"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_pattern),
        cmocka_unit_test(test_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
