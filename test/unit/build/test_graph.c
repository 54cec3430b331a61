/* SPDX-License-Identifier: Apache-2.0 */
#include "build/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after those */
#include <cmocka.h>

#include <errno.h>
#include <string.h>

struct sample {
    struct dockerfile dockerfile;
    struct dockerfile_scope scope;
    struct strings contexts;
    struct build_graph graph;
    struct failure failure;
};

static int make(struct sample *s, const char *text, const char *target)
{
    autoreport struct report report = {0};
    assert_int_equal(dockerfile_parse("Dockerfile", text, strlen(text), &report, &s->dockerfile), 0);
    s->scope.escape = s->dockerfile.escape;
    assert_int_equal(dockerfile_scope_set_platform(&s->scope, "linux/amd64", "linux/arm64"), 0);
    assert_int_equal(dockerfile_scope_read_meta(&s->scope, &s->dockerfile, &s->failure), 0);
    const struct build_graph_request request = {
        .dockerfile = &s->dockerfile, .scope = &s->scope, .target = target, .contexts = &s->contexts};
    return build_graph_make(&request, &s->graph, &s->failure);
}

static void drop(struct sample *s)
{
    build_graph_free(&s->graph);
    dockerfile_scope_free(&s->scope);
    dockerfile_free(&s->dockerfile);
    strings_free(&s->contexts);
}

static void test_unused_stages_are_left_out(void **state)
{
    struct sample s = {0};
    (void)state;
    assert_int_equal(make(&s,
                          "FROM a AS one\nFROM b AS two\nRUN false\nFROM c AS three\nCOPY --from=one /x /\n"
                          "FROM three\nRUN --mount=type=bind,from=one,target=/y true\n",
                          NULL),
                     0);
    const bool needed[] = {true, false, true, true};
    assert_int_equal(s.graph.count, 4);
    assert_int_equal(s.graph.target, 3);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(s.graph.stages[i].needed, needed[i]);
    assert_string_equal(s.graph.stages[0].base, "a");
    assert_int_equal(s.graph.stages[3].base_stage, 2);
    assert_null(s.graph.stages[3].base);
    assert_int_equal(s.graph.stages[3].wait_count, 2);
    assert_string_equal(s.graph.stages[3].name, "stage-3");
    drop(&s);
}

static void test_targets(void **state)
{
    static const struct {
        const char *target;
        ssize_t found;
    } cases[] = {{"ONE", 0}, {"1", 1}, {"", 2}, {NULL, 2}, {"nothing", -ENOENT}, {"3", -ENOENT}};
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sample s = {0};
        int r = make(&s, "FROM a AS one\nFROM b\nFROM c\n", cases[i].target);
        assert_int_equal(r, cases[i].found < 0 ? (int)cases[i].found : 0);
        if (r == 0) {
            assert_int_equal(s.graph.target, cases[i].found);
            for (size_t k = 0; k < 3; k++)
                assert_int_equal(s.graph.stages[k].needed, k == s.graph.target);
        }
        drop(&s);
    }
}

static void test_arguments_before_from(void **state)
{
    struct sample s = {0};
    (void)state;
    assert_int_equal(make(&s,
                          "ARG BASE=debian\nARG TAG=12\nFROM --platform=$BUILDPLATFORM ${BASE}:${TAG} AS x\n"
                          "FROM ${NONE:-scratch}\nCOPY --from=x / /\n",
                          NULL),
                     0);
    assert_string_equal(s.graph.stages[0].base, "debian:12");
    assert_string_equal(s.graph.stages[0].platform, "linux/amd64");
    assert_string_equal(s.graph.stages[1].base, "scratch");
    assert_true(s.graph.stages[0].needed);
    drop(&s);
}

static void test_a_stage_does_not_wait_for_itself_or_a_later_one(void **state)
{
    struct sample s = {0};
    (void)state;
    assert_int_equal(
        make(&s, "FROM a AS one\nCOPY --from=two /x /\nCOPY --from=one /y /\nFROM b AS two\n", "one"), 0);
    assert_int_equal(s.graph.stages[0].wait_count, 0);
    assert_false(s.graph.stages[1].needed);
    drop(&s);
}

static void test_a_named_context_hides_a_stage(void **state)
{
    struct sample s = {0};
    (void)state;
    assert_int_equal(strings_add(&s.contexts, "one=/somewhere"), 0);
    assert_int_equal(make(&s, "FROM a AS one\nFROM b\nCOPY --from=one /x /\n", NULL), 0);
    assert_false(s.graph.stages[0].needed);
    assert_int_equal(s.graph.stages[1].wait_count, 0);
    drop(&s);
}

static void test_an_empty_base_is_refused_with_its_line(void **state)
{
    struct sample s = {0};
    (void)state;
    assert_int_equal(make(&s, "FROM a\nFROM $NOTHING\n", NULL), -EINVAL);
    assert_string_equal(s.failure.text, "line 2: base name ($NOTHING) should not be blank");
    drop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unused_stages_are_left_out),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_arguments_before_from),
        cmocka_unit_test(test_a_stage_does_not_wait_for_itself_or_a_later_one),
        cmocka_unit_test(test_a_named_context_hides_a_stage),
        cmocka_unit_test(test_an_empty_base_is_refused_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
