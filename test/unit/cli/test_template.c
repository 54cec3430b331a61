/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template.h"

#include "base/strings.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char document[] =
    "{\"Id\":\"0123456789abcdef\",\"Name\":\"web\",\"Pid\":17,\"Rate\":1.5,\"Running\":true,\"Dead\":false,"
    "\"None\":null,"
    "\"Args\":[\"a\",\"b "
    "c\"],\"Empty\":[],\"Config\":{\"User\":\"950:950\",\"Labels\":{\"x.y\":\"1\",\"tier\":\"front\"}},"
    "\"Ports\":{\"80/tcp\":[{\"HostPort\":\"8080\"}],\"443/tcp\":null},\"Mounts\":[{\"Source\":\"/"
    "a\",\"RW\":true},"
    "{\"Source\":\"/b\",\"RW\":false}],\"Labels\":\"tier=front\"}";

static int run(const char *source, struct text *out, struct failure *failure)
{
    autotemplate struct template *t = NULL;
    struct json_object *value = json_tokener_parse(document);
    struct json_object *labels = json_object_object_get(json_object_object_get(value, "Config"), "Labels");
    assert_non_null(value);
    int r = template_parse(source, &t, failure);
    if (r == 0)
        r = template_run(t, &(struct template_data){value, labels}, out, failure);
    json_object_put(value);
    return r;
}

static void test_good(void **state)
{
    static const struct {
        const char *source, *output;
    } table[] = {
        {"", ""},
        {"plain } text", "plain } text"},
        {"{{.Name}}", "web"},
        {"{{ .Name }}-{{.Pid}} {{.Rate}} {{.Running}}", "web-17 1.5 true"},
        {"{{.Config.User}}\\t{{.Name}}\\n", "950:950\tweb\n"},
        {"{{.None}}", "<no value>"},
        {"{{.Args}} {{.Empty}}", "[a b c] []"},
        {"{{.Config.Labels}}", "map[tier:front x.y:1]"},
        {"{{json .Config.Labels}}", "{\"x.y\":\"1\",\"tier\":\"front\"}"},
        {"{{.Args | json}}", "[\"a\",\"b c\"]"},
        {"{{index .Config.Labels \"x.y\"}}", "1"},
        {"{{index .Config.Labels \"nope\"}}", ""},
        {"{{index .Args 1}}", "b c"},
        {"{{(index .Mounts 1).Source}}", "/b"},
        {"{{(index (index .Ports \"80/tcp\") 0).HostPort}}", "8080"},
        {"{{index .Ports \"80/tcp\" 0 | json}}", "{\"HostPort\":\"8080\"}"},
        {"{{len .Args}} {{len .Name}} {{len .Ports}}", "2 3 2"},
        {"{{join .Args \"+\"}}", "a+b c"},
        {"{{split .Config.User \":\" | json}}", "[\"950\",\"950\"]"},
        {"{{upper .Name}} {{.Name | upper | lower}} {{title \"ab cd\"}}", "WEB web Ab Cd"},
        {"{{truncate .Id 4}}{{truncate .Name 40}}", "0123web"},
        {"{{truncate \"aé\" 2}}", "a"},
        {"{{pad .Name 1 2}}|", " web  |"},
        {"{{print .Name .Name 1 2}}|{{println .Name 1}}", "webweb1 2|web 1\n"},
        {"{{printf \"%-5s|%3d|%q|%v|100%%\" .Name .Pid .Name .Args}}", "web  | 17|\"web\"|[a b c]|100%"},
        {"{{if .Running}}up{{else}}down{{end}}", "up"},
        {"{{if .Dead}}a{{else if .None}}b{{else if eq .Name \"web\"}}c{{else}}d{{end}}!", "c!"},
        {"{{if .Health}}{{.Health.Status}}{{else}}no health{{end}}", "no health"},
        {"{{if and .Running (not .Dead)}}yes{{end}}", "yes"},
        {"{{or .None .Name}} {{and .Running .Pid}}", "web 17"},
        {"{{with .Config}}{{.User}} {{$.Name}}{{end}}", "950:950 web"},
        {"{{with .Empty}}x{{else}}none{{end}}", "none"},
        {"{{range .Args}}<{{.}}>{{end}}", "<a><b c>"},
        {"{{range .Empty}}x{{else}}nothing{{end}}", "nothing"},
        {"{{range $i, $m := .Mounts}}{{$i}}={{$m.Source}} {{end}}", "0=/a 1=/b "},
        {"{{range $p, $c := .Ports}}{{$p}}:{{if $c}}{{(index $c 0).HostPort}}{{else}}-{{end}} {{end}}",
         "443/tcp:- 80/tcp:8080 "},
        {"{{range .Mounts}}{{if .RW}}{{.Source}}{{end}}{{end}}", "/a"},
        {"{{$n := .Name}}{{with .Config}}{{$n}}{{end}}", "web"},
        {"{{.Label \"tier\"}}{{.Label \"none\"}}", "front"},
        {"a  {{- .Name -}}  b", "awebb"},
        {"a{{/* nothing */}}b{{- /* x */ -}} c", "abc"},
        {"{{`raw \\n`}}{{\"q\\\"\\n\"}}", "raw \\nq\"\n"},
        {"{{eq 1 2 1}} {{ne 1 2}} {{lt 1 2}} {{ge 2 2}} {{gt \"b\" \"a\"}} {{le -3 2}}",
         "true true true true true true"},
        {"{{true}} {{-5}}", "true -5"},
        {"{{.}}x", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        autotext struct text out = {0};
        struct failure failure = {0};
        int r = run(table[i].source, &out, &failure);
        if (r != 0)
            print_message("%s: %s\n", table[i].source, failure.text);
        assert_int_equal(r, 0);
        if (table[i].output)
            assert_string_equal(text_peek(&out), table[i].output);
    }
}

static void test_bad(void **state)
{
    static const struct {
        const char *source;
        int error;
        const char *text;
    } table[] = {
        {"{{.Nme}}", -ENOENT, "template: there is no field .Nme here"},
        {"{{.None.A}}", -ENOENT, "template: .A of nothing: what stands before it is empty"},
        {"{{.Name.A}}", -ENOENT, "template: .A: what stands before it has no fields"},
        {"{{.Name", -EINVAL, "template, character 8: \"}}\" is missing"},
        {"{{}}", -EINVAL, "template, character 3: something that is not understood"},
        {"{{if .Name}}x", -EINVAL, "template, character 14: {{end}} is missing"},
        {"x{{end}}", -EINVAL, "template, character 9: {{end}} without a beginning"},
        {"{{else}}", -EINVAL, "template, character 7: {{else}} without an {{if}}"},
        {"{{if .A}}{{else}}{{else}}{{end}}", -EINVAL, "template, character 24: a second {{else}}"},
        {"{{jsn .Name}}", -EINVAL, "template: no function \"jsn\" here: did you mean json?"},
        {"{{template \"x\"}}", -EINVAL, "template: no function \"template\" here"},
        {"{{.Name \"x\"}}", -EINVAL,
         "template, character 9: a value that is no function was given an argument"},
        {"{{.Name | .Pid}}", -EINVAL,
         "template, character 15: a value that is no function was given an argument"},
        {"{{join .Name \",\"}}", -EINVAL, "template: join takes a list"},
        {"{{and.Name}}", -EINVAL, "template: and was given 0 arguments"},
        {"{{print not}}", -EINVAL, "template: not was given 0 arguments"},
        {"{{json}}", -EINVAL, "template: json was given 0 arguments"},
        {"{{json .Name .Name}}", -EINVAL, "template: json was given 2 arguments"},
        {"{{index .Args 2}}", -EINVAL, "template: index 2 of a list of 2"},
        {"{{index .Args -1}}", -EINVAL, "template: index: -1 is out of range"},
        {"{{index .Name 0}}", -EINVAL, "template: index takes a list or a map"},
        {"{{len .Pid}}", -EINVAL, "template: len takes a list, a map or a text"},
        {"{{lt .Name 1}}", -EINVAL, "template: lt takes two texts, two numbers or two truths"},
        {"{{1.5}}", -EINVAL, "template, character 3: only whole decimal numbers are understood"},
        {"{{99999999999999999999}}", -EINVAL, "template, character 3: the number is too large"},
        {"{{\"a}}", -EINVAL, "template, character 7: a string without its end"},
        {"{{\"\\z\"}}", -EINVAL, "template, character 5: an escape that is not \\n, \\t, \\r, \\\" or \\\\"},
        {"{{$x}}", -EINVAL, "template: there is no variable $x"},
        {"{{with .Config}}{{$y := .User}}{{end}}{{$y}}", -EINVAL, "template: there is no variable $y"},
        {"{{range .Name}}{{end}}", -EINVAL, "template: range goes over lists and maps only"},
        {"{{if $a, $b := .Name}}{{end}}", -EINVAL, "template, character 8: two variables are only for range"},
        {"{{printf \"%d\" .Name}}", -EINVAL, "template: printf takes a number for %d"},
        {"{{printf \"%s\"}}", -EINVAL, "template: printf: \"%s\" wants more values"},
        {"{{printf \"x\" 1}}", -EINVAL, "template: printf: \"x\" was given too many values"},
        {"{{printf \"%x\" 1}}", -EINVAL, "template: printf knows %s, %d, %v and %q, not %x"},
        {"{{(.Name}}", -EINVAL, "template, character 9: \")\" is missing"},
        {"{{/* x}}", -EINVAL, "template, character 3: a comment without its end"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        autotext struct text out = {0};
        struct failure failure = {0};
        assert_int_equal(run(table[i].source, &out, &failure), table[i].error);
        assert_string_equal(failure.text, table[i].text);
    }
}

/* Nesting is bounded, so a template cannot exhaust the stack; neither can loops go on for ever. */
static void test_limits(void **state)
{
    autotext struct text deep = {0}, loops = {0}, out = {0};
    struct failure failure = {0};
    text_append(&deep, "{{");
    for (int i = 0; i < 5000; i++)
        text_append(&deep, "(");
    assert_int_equal(run(text_peek(&deep), &out, &failure), -EINVAL);
    for (int i = 0; i < 40; i++)
        text_append(&loops, "{{range $.Args}}{{.}}");
    for (int i = 0; i < 40; i++)
        text_append(&loops, "{{end}}");
    assert_int_equal(run(text_peek(&loops), &out, &failure), -E2BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
