/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/policy_config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct refusal {
    const char *text, *place, *sentence;
};

static const struct refusal refusals[] = {
    {"{\"mod\":\"audit\"}", "p:1: mod", "did you mean \"mode\""},
    {"{\"mode\":\"off\"}", "p:1: mode", "not known"},
    {"{\"binds\":true}", "p:1: binds", "expected string"},
    {"{\"rules\":[{}]}", "p:1: rules[0].allow", "needed"},
    {"{\"rules\":[{\"images\":[\"a\"],\"allow\":[\"root\"],\"reason\":\"x\"}]}", "p:1: rules[0].allow[0]",
     "not known"},
    {"{\"rules\":[{\"images\":[\"a\"],\"allow\":[],\"reason\":\"x\"}]}", "p:1: rules[0].allow", "empty"},
    {"{\"rules\":[{\"images\":[\"a\"],\"allow\":[\"host-pid\"]}]}", "p:1: rules[0].reason", "needed"},
    {"{\"rules\":[{\"allow\":[\"host-pid\"],\"reason\":\"x\"}]}", "p:1: rules[0]", "that it is for"},
    {"{\"rules\":[{\"image\":[\"a\"],\"allow\":[\"host-pid\"],\"reason\":\"x\"}]}", "p:1: rules[0].image",
     "images"},
    {"{\n\"rules\":{}}", "p:2: rules", "expected array"},
    {"[]", "p:1", "expected object"},
    {"", "p:1:1", "ends"},
};

static void half_a_rule_is_no_rule(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        const struct refusal *c = &refusals[i];
        autoreport struct report report = {0};
        struct policy_config p = {0};
        assert_int_equal(policy_config_parse("p", c->text, strlen(c->text), &report, &p), -EINVAL);
        if (report.count == 0 || !streq(report.items[0].place, c->place) ||
            !strstr(report.items[0].text, c->sentence))
            fail_msg("%s: %s: %s", c->text, report.count ? report.items[0].place : "",
                     report.count ? report.items[0].text : "nothing");
    }
}

static void members_arrive(void **state)
{
    static const char text[] = "{\"mode\":\"audit\",\"binds\":\"same\",\"rules\":[{\"images\":[\"a\",\"b*\"],"
                               "\"namespaces\":[\"n\"],\"annotations\":{\"k\":\"v\"},"
                               "\"allow\":[\"privileged\",\"host-root\"],\"reason\":\"why\"}]}";
    autopolicy struct policy_config p = {0};
    assert_int_equal(policy_config_parse("p", text, strlen(text), NULL, &p), 0);
    assert_true(p.mode == POLICY_AUDIT && p.binds == POLICY_BINDS_SAME && p.rule_count == 1);
    assert_true(p.rules[0].allow == ((UINT64_C(1) << POLICY_PRIVILEGED) | (UINT64_C(1) << POLICY_HOST_ROOT)));
    assert_string_equal(p.rules[0].images.items[1], "b*");
    assert_string_equal(p.rules[0].annotations.items[0], "k=v");
    assert_string_equal(p.rules[0].reason, "why");
    policy_config_free(&p);
    assert_int_equal(policy_config_parse("p", "{}", 2, NULL, &p), 0);
    assert_true(p.mode == POLICY_ENFORCE && p.binds == POLICY_BINDS_OWNER && p.rule_count == 0);
    for (int i = 0; i < POLICY_EXCEPTION_COUNT; i++)
        assert_non_null(policy_exception_name((enum policy_exception)i));
}

static void globs_match(void **state)
{
    assert_true(policy_glob_match("*", ""));
    assert_true(policy_glob_match("a*c", "abbc"));
    assert_true(policy_glob_match("a*b*c", "axxbyybzzc"));
    assert_true(policy_glob_match("docker.io/*/x:?", "docker.io/a/b/x:1"));
    assert_true(policy_glob_match("**", "anything"));
    assert_false(policy_glob_match("", "a"));
    assert_false(policy_glob_match("a?", "a"));
    assert_false(policy_glob_match("a*b", "abc"));
    assert_false(policy_glob_match("A", "a"));
    assert_false(policy_glob_match("a", "ab"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_a_rule_is_no_rule),
        cmocka_unit_test(members_arrive),
        cmocka_unit_test(globs_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
