/* SPDX-License-Identifier: Apache-2.0 */
/* Merging as `docker compose -f a -f b config` does it, and variables. */
#include "formats/compose_merge.h"

#include "base/text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct yaml_node *parse(struct arena *arena, const char *text)
{
    struct yaml_documents documents = {0};
    assert_int_equal(yaml_parse(arena, &(struct yaml_source){"f", text, strlen(text)}, NULL, &documents), 0);
    return documents.count ? documents.items[0] : NULL;
}

/* Flow style without blanks; keys in order. */
static void write_node(const struct yaml_node *n, struct text *out)
{
    text_append(out, n->kind == YAML_LIST ? "[" : n->kind == YAML_MAP ? "{" : n->text);
    for (size_t i = 0; n->kind != YAML_SCALAR && i < n->count; i++) {
        text_append(out, i ? "," : "");
        if (n->kind == YAML_MAP)
            text_printf(out, "%s:", n->pairs[i].key);
        write_node(n->kind == YAML_MAP ? n->pairs[i].value : n->items[i], out);
    }
    text_append(out, n->kind == YAML_LIST ? "]" : n->kind == YAML_MAP ? "}" : "");
}

static void test_merge(void **state)
{
    static const struct {
        const char *base, *over, *wanted;
    } rows[] = {
        {"{a: 1, b: 2}", "{b: 3, c: 4}", "{a:1,b:3,c:4}"},
        {"{user: \"0\"}", "{user: \"1000\"}", "{user:1000}"},
        {"{cap_drop: [ALL]}", "{cap_drop: [X]}", "{cap_drop:[ALL,X]}"},
        {"{command: [a, b]}", "{command: [c]}", "{command:[c]}"},
        {"{entrypoint: [a]}", "{entrypoint: b}", "{entrypoint:b}"},
        {"{volumes: [\"./a:/x\", \"./b:/y\"]}", "{volumes: [\"./c:/x:ro\"]}", "{volumes:[./b:/y,./c:/x:ro]}"},
        {"{volumes: [{source: a, target: /x}]}", "{volumes: [\"b:/x\"]}", "{volumes:[b:/x]}"},
        {"{tmpfs: [/run]}", "{tmpfs: [\"/run:uid=1\"]}", "{tmpfs:[/run:uid=1]}"},
        {"{user: \"0\", a: 1}", "{user: !reset null}", "{a:1}"},
        {"{cap_add: [X]}", "{cap_add: !override [Y]}", "{cap_add:[Y]}"},
        {"{build: ./app}", "{build: {target: prod}}", "{build:{context:./app,target:prod}}"},
        {"{build: {context: x, target: y}}", "{build: ./app}", "{build:{context:./app,target:y}}"},
        {"{deploy: {a: {b: 1}}}", "{deploy: {a: {c: 2}}}", "{deploy:{a:{b:1,c:2}}}"},
        {"{a: [1]}", "{a: {b: 2}}", "{a:{b:2}}"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autoarena struct arena arena = {0};
        autotext struct text got = {0};
        struct yaml_node *n = compose_merge(&arena, parse(&arena, rows[i].base), parse(&arena, rows[i].over));
        assert_non_null(n);
        write_node(n, &got);
        assert_string_equal(text_peek(&got), rows[i].wanted);
    }
}

static void test_places_stay(void **state)
{
    autoarena struct arena arena = {0};
    struct yaml_node *base = parse(&arena, "a:\n  user: x\n"),
                     *over = parse(&arena, "a:\n  b: 1\n\n  c: 2\n");
    struct yaml_node *n = compose_merge(&arena, base, over);
    assert_int_equal(yaml_get_path(n, "a.user")->line, 2);
    assert_int_equal(yaml_get_path(n, "a.c")->line, 4);
}

static void test_variables(void **state)
{
    static const struct {
        const char *text, *wanted; /* NULL: refused */
        size_t unset;
    } rows[] = {
        {"$A", "x", 0},         {"${A}", "x", 0},          {"${B}", "", 1},
        {"${A:-y}", "x", 0},    {"${B:-y}", "y", 0},       {"${E:-y}", "y", 0},
        {"${E-y}", "", 0},      {"${B-y}", "y", 0},        {"${A:+r}", "r", 0},
        {"${E:+r}", "", 0},     {"${B+r}", "", 0},         {"${B:?no}", NULL, 0},
        {"${B:-${A}}", "x", 0}, {"${B:-${C:-0}}", "0", 0}, {"$$A", "$A", 0},
        {"${A", NULL, 0},       {"${}", NULL, 0},          {"$", NULL, 0},
        {"${B}:${C}", ":", 2},  {"a${A}b", "axb", 0},
    };
    autostrings struct strings environment = {0};
    assert_int_equal(strings_add(&environment, "A=x") | strings_add(&environment, "E="), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autofree char *text = NULL;
        autostrings struct strings unset = {0};
        struct failure failure = {0};
        int r = compose_expand(rows[i].text, &environment, &unset, &text, &failure);
        if ((r == 0) != (rows[i].wanted != NULL))
            print_message("%s\n", rows[i].text);
        assert_int_equal(r, rows[i].wanted ? 0 : -EINVAL);
        if (r < 0) {
            assert_true(failure.text[0] != '\0');
            continue;
        }
        assert_string_equal(text, rows[i].wanted);
        assert_int_equal(unset.count, rows[i].unset);
    }
}

static void test_env_file(void **state)
{
    autostrings struct strings environment = {0}, variables = {0};
    const char *data = "# c\nA=1\nexport B=\"two words\"\nC='$A'\nD=${A}x\nE=v # comment\nF=\n";
    struct compose_env_source source = {".env", data, strlen(data)};
    assert_int_equal(compose_env_parse(&source, &environment, NULL, &variables), 0);
    static const char *const wanted[] = {"A=1", "B=two words", "C=$A", "D=1x", "E=v", "F="};
    assert_int_equal(variables.count, ARRAY_SIZE(wanted));
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
        assert_string_equal(variables.items[i], wanted[i]);
    source.data = "A=1\nthis is no line\n";
    source.size = strlen(source.data);
    autoreport struct report report = {0};
    autostrings struct strings none = {0};
    assert_int_equal(compose_env_parse(&source, &environment, &report, &none), -EINVAL);
    assert_string_equal(report.items[0].place, ".env:2:1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_places_stay),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_env_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
