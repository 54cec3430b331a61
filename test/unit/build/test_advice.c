/* SPDX-License-Identifier: Apache-2.0 */
/* What is said about users: a table of Dockerfiles and of what their images hold. */
#include "build/advice.h"

#include "base/strings.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#define PASSWD "root:x:0:0::/root:/bin/sh\nadmin:x:0:0::/:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n"
#define GROUP "root:x:0:\nweb:x:44:app\n"

struct row {
    const char *dockerfile;
    const char *user;      /* of what was built; NULL: only checked */
    const char *base_user; /* for a check */
    const char *setuid;    /* NULL: none */
    const char *workdir, *volume;
    unsigned uid, gid, mode; /* of both; mode 0: they do not exist */
    int result;
    const char *expect; /* lines "line rule" */
    const char *part;   /* of the first sentence */
};

static const struct row rows[] = {
    {"FROM debian:12\nRUN x\n", "", .result = 1, .expect = "2 RunsAsRoot\n",
     .part = "no USER is set, here or in debian:12"},
    {"FROM debian:12\nRUN x\n", "", .result = 1, .expect = "2 RunsAsRoot\n", .part = " => USER 10001:10001"},
    {"FROM debian:12\nUSER root\nRUN x\n", "root", .result = 1, .expect = "2 RunsAsRoot\n",
     .part = "USER is root"},
    {"FROM debian:12\nUSER app\nUSER 0\n", "0", .result = 1, .expect = "3 RunsAsRoot\n"},
    {"FROM debian:12\nUSER 00\n", "00", .result = 1, .expect = "2 RunsAsRoot\n"},
    {"FROM debian:12\nUSER admin\n", "admin", .result = 1, .expect = "2 RunsAsRoot\n",
     .part = "which is uid 0"},
    {"FROM debian:12\nUSER 1000:1001\n", "1000:1001", .expect = ""},
    {"FROM debian:12\nUSER 950:950\n", "950:950", .expect = ""},
    {"FROM debian:12\nUSER app\n", "app", .expect = "2 UserIsName\n", .part = "Write USER 1000:1001"},
    {"FROM debian:12\nUSER app:web\n", "app:web", .expect = "2 UserIsName\n", .part = "Write USER 1000:44"},
    {"FROM debian:12\nUSER 1000:web\n", "1000:web", .expect = ""},
    {"FROM debian:12\nUSER ghost\n", "ghost", .expect = "2 UserUnknown\n",
     .part = "unable to find user ghost"},
    {"FROM alreadynon\nRUN x\n", "1000", .expect = ""},
    {"FROM alreadynon\nRUN x\n", "app", .expect = "2 UserIsName\n"},
    {"FROM a AS b\nUSER root\nFROM b\nRUN x\n", "root", .result = 1, .expect = "2 RunsAsRoot\n"},
    {"FROM a AS b\nUSER 1000\nFROM c\nCOPY --from=b x y\n", "", .result = 1, .expect = "4 RunsAsRoot\n",
     .part = "here or in c"},
    {"FROM d\nWORKDIR /srv\nUSER 1000\n", "1000", .workdir = "/srv", .mode = 0755,
     .expect = "2 WorkdirNotWritable\n", .part = "RUN install -d -o 1000 -g 1001 /srv"},
    {"FROM d\nWORKDIR /srv\nUSER 1000\n", "1000", .workdir = "/srv", .uid = 1000, .mode = 0755, .expect = ""},
    {"FROM d\nWORKDIR /srv\nUSER 1000\n", "1000", .workdir = "/srv", .uid = 1000, .mode = 0577,
     .expect = "2 WorkdirNotWritable\n"},
    {"FROM d\nWORKDIR /srv\nUSER app\n", "app", .workdir = "/srv", .gid = 44, .mode = 0775,
     .expect = "3 UserIsName\n"},
    {"FROM d\nWORKDIR /srv\nUSER 1000:7\n", "1000:7", .workdir = "/srv", .gid = 44, .mode = 0775,
     .expect = "2 WorkdirNotWritable\n"},
    {"FROM d\nWORKDIR /srv\nUSER 1000\n", "1000", .workdir = "/srv", .mode = 01777, .expect = ""},
    {"FROM d\nUSER 1000\n", "1000", .workdir = "/", .mode = 0755, .expect = ""},
    {"FROM d\nWORKDIR /srv\nUSER root\n", "root", .workdir = "/srv", .mode = 0755, .result = 1,
     .expect = "3 RunsAsRoot\n", .part = "10001 /srv"},
    {"FROM d\nVOLUME /data\nUSER 1000\n", "1000", .volume = "/data", .mode = 0755,
     .expect = "2 VolumeNotWritable\n"},
    {"FROM d\nUSER 1000\n", "1000", .volume = "/data", .expect = "2 VolumeNotWritable\n",
     .part = "does not exist"},
    {"FROM d\nUSER 1000\n", "1000", .setuid = "/usr/bin/su", .expect = "2 SetuidFiles\n",
     .part = "1 setuid or setgid file is left"},
    {"FROM d\nRUN x\n", "", .setuid = "/usr/bin/su", .result = 1, .expect = "2 RunsAsRoot\n"},
    /* without a build */
    {"FROM debian:12\nRUN x\n", .expect = "2 UserUnknown\n", .part = "decided by debian:12"},
    {"FROM debian:12\nRUN x\n", .base_user = "", .result = 1, .expect = "2 RunsAsRoot\n"},
    {"FROM debian:12\nRUN x\n", .base_user = "1000", .expect = ""},
    {"FROM scratch\nUSER 65532:65532\n", .expect = ""},
    {"FROM d\nUSER app\n", .expect = "2 UserIsName\n", .part = "Write its number"},
    {"FROM d\nUSER root:web\n", .result = 1, .expect = "2 RunsAsRoot\n"},
    {"FROM d\nUSER rootless\n", .expect = "2 UserIsName\n"},
    {"FROM d\nARG U\nUSER ${U:-root}\n", .result = 1, .expect = "3 RunsAsRoot\n"},
    {"FROM d\nARG WHO\nUSER ${WHO:-root}\n", .expect = ""},
    {"ARG U=0\nFROM d\nARG U\nUSER $U\n", .result = 1, .expect = "4 RunsAsRoot\n"},
    {"FROM d\nENV U=1000\nUSER $U\n", .expect = ""},
    {"FROM a AS b\nUSER 1000\nFROM b\nRUN x\n", .expect = ""},
    {"FROM a AS b\nENV U=5\nFROM b\nUSER $U\n", .expect = ""},
    {"ARG BASE=b\nFROM a AS b\nUSER 0\nFROM $BASE\nRUN x\n", .result = 1, .expect = "3 RunsAsRoot\n"},
    {"FROM a\nUSER ${X?}\n", .expect = "2 UserUnknown\n", .part = "cannot be told"},
    {"FROM d\nRUN <<EOF\nUSER root\nEOF\nUSER 1\n", .expect = ""},
};

static char *copy(const char *s)
{
    return s ? strdup(s) : NULL;
}

static void fill(const struct row *row, struct image_config *config, struct advice_facts *facts)
{
    config->user = copy(row->user);
    config->workdir = copy(row->workdir);
    *facts = (struct advice_facts){.passwd = copy(PASSWD),
                                   .group = copy(GROUP),
                                   .passwd_size = strlen(PASSWD),
                                   .group_size = strlen(GROUP),
                                   .volumes = calloc(1, sizeof(struct advice_folder)),
                                   .volume_count = row->volume ? 1 : 0};
    const struct advice_folder folder = {
        .exists = row->mode != 0, .uid = row->uid, .gid = row->gid, .mode = row->mode};
    facts->workdir = folder;
    facts->workdir.path = copy(row->workdir);
    facts->volumes[0] = folder;
    facts->volumes[0].path = copy(row->volume);
    assert_int_equal(row->setuid ? strings_add(&facts->setuid, row->setuid) : 0, 0);
}

static void try_row(const struct row *row)
{
    autodockerfile struct dockerfile d = {0};
    autoreport struct report report = {0};
    autoconfig struct image_config config = {0};
    autostrings struct strings arguments = {0};
    autotext struct text got = {0};
    struct advice_facts facts;
    fill(row, &config, &facts);
    assert_int_equal(strings_add(&arguments, "WHO=1000"), 0);
    assert_int_equal(dockerfile_parse("f", row->dockerfile, strlen(row->dockerfile), NULL, &d), 0);
    const struct advice_question q = {.file = "f",
                                      .dockerfile = &d,
                                      .stage = d.stage_count - 1,
                                      .build_args = &arguments,
                                      .config = row->user ? &config : NULL,
                                      .base_user = row->base_user,
                                      .facts = row->user ? &facts : NULL};
    int r = advice_give(&q, &report);
    for (size_t i = 0; i < report.count; i++)
        text_printf(&got, "%s %s\n", report.items[i].place + 2, report.items[i].rule);
    if (r != row->result || !streq(text_peek(&got), row->expect))
        fail_msg("%s: %d\n%s%s", row->dockerfile, r, text_peek(&got),
                 report.count ? report.items[0].text : "");
    if (row->part && !strstr(report.items[0].text, row->part))
        fail_msg("%s: %s", row->dockerfile, report.items[0].text);
    advice_facts_free(&facts);
}

static void rows_come_out(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        try_row(&rows[i]);
}

static void a_target_counts(void **state)
{
    autodockerfile struct dockerfile d = {0};
    autoreport struct report report = {0};
    const char *text = "FROM a AS one\nUSER 0\nFROM b\nUSER 5\n";
    assert_int_equal(dockerfile_parse("f", text, strlen(text), NULL, &d), 0);
    const struct advice_question q = {.file = "f", .dockerfile = &d, .stage = 0};
    assert_int_equal(advice_give(&q, &report), 1);
    assert_string_equal(report.items[0].place, "f:2");
}

static void findings_are_written(void **state)
{
    struct finding finding = {(char *)"f:2", (char *)"R", (char *)"it is. End with => RUN a => USER b"};
    autotext struct text text = {0};
    advice_write(&finding, "warning", &text);
    assert_string_equal(text_peek(&text), "f:2: warning: it is. End with\n    RUN a\n    USER b\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_out),
        cmocka_unit_test(a_target_counts),
        cmocka_unit_test(findings_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
