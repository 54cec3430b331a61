/* SPDX-License-Identifier: Apache-2.0 */
/* test/data/dockerfile: lines that begin with "#> " are what must come out: for ok-* one line per
 * instruction, for bad-* the findings as "line:column rule". They are comments to the parser, and stand at
 * the end. */
#include "formats/dockerfile.h"

#include "base/text.h"
#include "formats/dockerfile_mount.h"

#include "data_files.h"

#include <errno.h>

static void dump_text(struct text *t, const char *s)
{
    text_append_char(t, '[');
    for (; *s != '\0'; s++) {
        if (*s == '\n')
            text_append(t, "\\n");
        else if (*s == '\t')
            text_append(t, "\\t");
        else
            text_append_char(t, *s);
    }
    text_append_char(t, ']');
}

static void dump_list(struct text *t, const char *name, const struct strings *list)
{
    for (size_t i = 0; i < list->count; i++) {
        text_printf(t, " %s", name);
        dump_text(t, list->items[i]);
    }
}

static void dump_option(struct text *t, const char *name, const char *value)
{
    if (!value)
        return;
    text_printf(t, " %s=", name);
    dump_text(t, value);
}

static void dump_command(struct text *t, const struct dockerfile_command *c)
{
    text_append(t, c->shell_form ? " sh" : " exec");
    dump_list(t, "", &c->words);
}

static void dump_copy(struct text *t, const struct dockerfile_copy *c)
{
    dump_list(t, "", &c->sources);
    dump_option(t, "to", c->destination);
    dump_option(t, "from", c->from);
    dump_option(t, "chown", c->chown);
    dump_option(t, "chmod", c->chmod);
    dump_option(t, "checksum", c->checksum);
    dump_list(t, "exclude", &c->excludes);
    text_printf(t, "%s%s%s", c->link ? " link" : "", c->parents ? " parents" : "",
                c->keep_git_dir ? " keep-git-dir" : "");
    if (c->unpack >= 0)
        text_printf(t, " unpack=%d", c->unpack);
}

static void dump_body(struct text *t, const struct dockerfile_instruction *i)
{
    dump_option(t, "base", i->base);
    dump_option(t, "as", i->stage_name);
    dump_option(t, "platform", i->platform);
    for (size_t k = 0; k < i->pair_count; k++) {
        text_printf(t, " %s", i->pairs[k].name);
        if (i->pairs[k].value) {
            text_append_char(t, '=');
            dump_text(t, i->pairs[k].value);
        }
    }
    if (i->kind == DOCKERFILE_COPY || i->kind == DOCKERFILE_ADD)
        dump_copy(t, &i->copy);
    if (i->kind == DOCKERFILE_RUN || i->kind == DOCKERFILE_CMD || i->kind == DOCKERFILE_ENTRYPOINT ||
        i->kind == DOCKERFILE_SHELL)
        dump_command(t, &i->command);
    if (i->kind == DOCKERFILE_HEALTHCHECK && i->health.none)
        text_append(t, " none");
    else if (i->kind == DOCKERFILE_HEALTHCHECK)
        dump_command(t, &i->health.command);
    if (i->health.interval_ns || i->health.retries)
        text_printf(t, " interval=%lld retries=%u", (long long)i->health.interval_ns, i->health.retries);
    dump_list(t, "mount=", &i->mounts);
    dump_option(t, "network", i->network);
    dump_option(t, "security", i->security);
    dump_list(t, "", &i->values);
    dump_option(t, "text", i->text);
    for (size_t k = 0; k < i->heredoc_count; k++) {
        const struct dockerfile_heredoc *h = &i->heredocs[k];
        text_printf(t, " <<%s%s%s", h->chomp ? "-" : "", h->name, h->expand ? "" : "(raw)");
        dump_text(t, h->content);
    }
}

static void dump_instruction(struct text *t, const struct dockerfile_instruction *i)
{
    text_printf(t, "%u-%u %s", i->line, i->end_line, dockerfile_kind_name(i->kind));
    dump_body(t, i);
    if (i->trigger) {
        text_printf(t, " { %s", dockerfile_kind_name(i->trigger->kind));
        dump_body(t, i->trigger);
        text_append(t, " }");
    }
    text_append_char(t, '\n');
}

static void expected_lines(const char *data, size_t size, struct text *t)
{
    for (size_t i = 0; i < size;) {
        const char *end = memchr(data + i, '\n', size - i);
        size_t n = end ? (size_t)(end - data) - i : size - i;
        if (n > 3 && memcmp(data + i, "#> ", 3) == 0) {
            text_append_n(t, data + i + 3, n - 3);
            text_append_char(t, '\n');
        }
        i += n + 1;
    }
}

static bool check_file(const char *name, const char *data, size_t size)
{
    autoreport struct report report = {0};
    autodockerfile struct dockerfile d = {0};
    autotext struct text want = {0}, got = {0};
    expected_lines(data, size, &want);
    int r = dockerfile_parse("f", data, size, &report, &d);
    if (r == 0) {
        for (size_t i = 0; i < d.instruction_count; i++) {
            dump_instruction(&got, &d.instructions[i]);
            assert_true(d.instructions[i].end_offset <= size);
        }
    }
    for (size_t i = 0; i < report.count; i++)
        if (r < 0 || strncmp(report.items[i].rule, "dockerfile/warning", 18) == 0)
            text_printf(&got, "%s %s\n", report.items[i].place + 2, report.items[i].rule);
    if (strcmp(text_peek(&got), text_peek(&want)) != 0)
        fail_msg("%s:\n got\n%swant\n%s%s", name, text_peek(&got), text_peek(&want),
                 report.count ? report.items[0].text : "");
    return r == 0;
}

static void test_files(void **state)
{
    assert_true(data_files_check("dockerfile", check_file) >= 100);
}

static void test_stages(void **state)
{
    autodockerfile struct dockerfile d = {0};
    const char *text = "ARG V=1\nFROM a AS Build\nRUN x\nFROM b\nFROM build as c\nUSER 1\n";
    assert_int_equal(dockerfile_parse("f", text, strlen(text), NULL, &d), 0);
    assert_int_equal(d.stage_count, 3);
    assert_int_equal(d.meta_count, 1);
    assert_int_equal(d.stages[0].count, 1);
    assert_int_equal(d.stages[2].count, 1);
    assert_int_equal(dockerfile_find_stage(&d, "BUILD", 2), 0);
    assert_int_equal(dockerfile_find_stage(&d, "c", 2), -ENOENT);
    assert_int_equal(dockerfile_find_stage(&d, "1", 2), 1);
    assert_int_equal(dockerfile_find_stage(&d, "2", 2), -ENOENT);
    assert_int_equal(d.instructions[2].offset, 24);
}

static void test_scope(void **state)
{
    autodockerfile struct dockerfile d = {0};
    autoscope struct dockerfile_scope s = {.escape = '\\'};
    struct failure f = {0};
    autofree char *text = NULL;
    const char *file = "ARG TAG=12\nARG U=meta\nARG BASE=debian:$TAG\nFROM ${BASE}\nARG U\nARG W=w-$U\nARG "
                       "P=1\nENV P=2 Q=$P\n"
                       "ARG TARGETARCH\n";
    assert_int_equal(dockerfile_parse("f", file, strlen(file), NULL, &d), 0);
    assert_int_equal(strings_add(&s.build_args, "W=given"), 0);
    assert_int_equal(dockerfile_scope_set_platform(&s, "linux/amd64", "linux/arm/v7"), 0);
    assert_int_equal(dockerfile_scope_read_meta(&s, &d, &f), 0);
    autoword struct word_result base = {0};
    assert_int_equal(dockerfile_scope_expand(&s, d.instructions[3].base, true, &base, &f), 0);
    assert_string_equal(base.text, "debian:12");
    assert_int_equal(dockerfile_scope_begin_stage(&s, NULL), 0);
    for (size_t i = 0; i < d.stages[0].count; i++)
        assert_int_equal(dockerfile_scope_apply(&s, &d.instructions[d.stages[0].first + i], &f), 0);
    assert_int_equal(
        dockerfile_scope_expand_text(&s, "$U $W $P $Q $TAG $TARGETARCH $TARGETVARIANT.", &text, &f), 0);
    assert_string_equal(text, "meta given 2 1  arm .");
}

static void test_mounts(void **state)
{
    static const struct {
        const char *spec;
        bool good;
    } rows[] = {
        {"type=cache,target=/root/.cache,id=x,sharing=locked,uid=1000,gid=1000,mode=0755", true},
        {"target=/src", true},
        {"type=bind,from=build,source=/a,dst=/b,rw", true},
        {"type=tmpfs,target=/t,size=64m", true},
        {"type=secret,id=aws,target=/root/.aws,required=true,mode=0400", true},
        {"type=secret,id=t,env=TOKEN", true},
        {"type=ssh", true},
        {"\"type=bind\",\"target=/a,b\"", true},
        {"type=bind", false},
        {"type=cache", false},
        {"type=secret", false},
        {"type=nfs,target=/a", false},
        {"type=tmpfs,target=/t,size=x", false},
        {"type=cache,target=/c,sharing=no", false},
        {"type=cache,target=/c,mode=999", false},
        {"type=bind,target=/c,uid=0", false},
        {"type=bind,target=/c,colour=red", false},
        {"type=cache,target=/c,uid=4294967295", false},
        {"type=bind,target", false},
        {"\"type=bind", false},
        {"type=bind,target=${X?}", false},
    };
    autoscope struct dockerfile_scope s = {.escape = '\\'};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct dockerfile_mount m = {0};
        struct failure f = {0};
        int r = dockerfile_mount_parse(&s, rows[i].spec, &m, &f);
        if ((r == 0) != rows[i].good)
            fail_msg("%s: %d %s", rows[i].spec, r, f.text);
        assert_true(r == 0 || f.text[0] != '\0');
        dockerfile_mount_free(&m);
    }
}

static void test_one_instruction(void **state)
{
    struct dockerfile_instruction i = {0};
    assert_int_equal(dockerfile_parse_instruction("f", "USER 1000", NULL, &i), 0);
    assert_string_equal(i.text, "1000");
    dockerfile_instruction_free(&i);
    assert_int_equal(dockerfile_parse_instruction("f", "USER 1\nUSER 2", NULL, &i), -EINVAL);
    assert_int_equal(dockerfile_parse_instruction("f", " # nothing\n", NULL, &i), -EINVAL);
    const char nul[] = "FROM a\nRUN \0\n";
    autoreport struct report report = {0};
    autodockerfile struct dockerfile d = {0};
    assert_int_equal(dockerfile_parse("f", nul, sizeof(nul) - 1, &report, &d), -EINVAL);
    assert_string_equal(report.items[0].place, "f:2:1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),  cmocka_unit_test(test_stages),          cmocka_unit_test(test_scope),
        cmocka_unit_test(test_mounts), cmocka_unit_test(test_one_instruction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
