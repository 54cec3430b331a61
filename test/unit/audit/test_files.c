/* SPDX-License-Identifier: Apache-2.0 */
/* test/data/audit: a file's name begins with the verdict of its worst subject; EXPECT has a line for each:
 * the name and the rules that must be found, in order, each once; "!" when a complaint must come. Exactly
 * these. */
#include "audit/audit.h"
#include "audit/render.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char host_passwd[] =
    "root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/bash\n"
    "nobody:x:65534:65534::/:/usr/sbin/nologin\n";

static void describe(const struct audit_result *r, struct text *out)
{
    for (int rule = 0; rule < RULE_COUNT; rule++) {
        bool found = false;
        for (size_t i = 0; i < r->subject_count; i++)
            for (size_t k = 0; k < r->subjects[i]->finding_count; k++)
                found = found || (int)r->subjects[i]->findings[k].rule == rule;
        if (found)
            text_printf(out, " %s", rule_get((enum rule_id)rule)->name);
    }
    if (r->complaint_count > 0)
        text_append(out, " !");
}

static void verdict_word(const struct audit_result *r, char *word, size_t size)
{
    const char *name = r->subject_count ? verdict_name(r->subjects[0]->verdict) : "none";
    snprintf(word, size, "%s", strcmp(name, "root-userns") == 0 ? "rootuserns" : name);
}

static bool check_file(const char *folder, const char *name, const char *expected)
{
    __attribute__((cleanup(audit_request_free))) struct audit_request request = {
        .host_passwd = host_passwd, .program_dir = getenv("UNROOT_PROGRAMS")};
    __attribute__((cleanup(result_free))) struct audit_result result = {0};
    autotext struct text rules = {0};
    char path[4096], verdict[32];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(strings_add(&request.paths, path), 0);
    assert_int_equal(audit_run(&request, &result), 0);
    describe(&result, &rules);
    verdict_word(&result, verdict, sizeof(verdict));
    const char *got = text_peek(&rules)[0] ? text_peek(&rules) + 1 : "";
    bool good = strncmp(name, verdict, strlen(verdict)) == 0 && name[strlen(verdict)] == '-' &&
                strcmp(got, expected) == 0;
    if (!good)
        print_message("%s: %s: %s (expected: %s)\n", name, verdict, got, expected);
    return good;
}

static const char *find_expected(const char *table, const char *name, char *line, size_t size)
{
    size_t n = strlen(name);
    for (const char *p = table; *p != '\0'; p += strcspn(p, "\n") + 1) {
        if (strncmp(p, name, n) != 0 || (p[n] != ' ' && p[n] != '\n'))
            continue;
        snprintf(line, size, "%.*s", (int)(strcspn(p, "\n") - n), p + n);
        return line[0] == ' ' ? line + 1 : line;
    }
    return NULL;
}

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    char *table = calloc(1, 1 << 18);
    assert_non_null(table);
    assert_true(fread(table, 1, (1 << 18) - 1, f) > 0);
    fclose(f);
    return table;
}

static char *read_table(const char *folder)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/EXPECT", folder);
    return read_file(path);
}

/* Gives how many entries of the folder were judged. */
static int check_folder(const char *name)
{
    char folder[4096], line[256];
    snprintf(folder, sizeof(folder), "%s/%s", getenv("UNROOT_TEST_DATA"), name);
    char *table = read_table(folder);
    DIR *d = opendir(folder);
    int count = 0, bad = 0;
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.' || strcmp(e->d_name, "EXPECT") == 0 || strcmp(e->d_name, "images") == 0 ||
            strcmp(e->d_name, "SECTION-6") == 0)
            continue;
        const char *expected = find_expected(table, e->d_name, line, sizeof(line));
        if (!expected)
            print_message("%s: not in EXPECT\n", e->d_name);
        bad += !expected || !check_file(folder, e->d_name, expected);
        count++;
    }
    closedir(d);
    free(table);
    assert_int_equal(bad, 0);
    return count;
}

static void test_every_file(void **state)
{
    assert_true(check_folder("audit") >= 250);
}

/* Image layouts: layers are read by unroot-listing. */
static void test_every_image(void **state)
{
    assert_non_null(getenv("UNROOT_PROGRAMS"));
    assert_true(check_folder("audit/images") >= 25);
}

/* Every rule that files can show is in the table at least twice, and at least twice not. */
static void test_every_rule(void **state)
{
    char folder[4096];
    snprintf(folder, sizeof(folder), "%s/audit", getenv("UNROOT_TEST_DATA"));
    char *files = read_table(folder);
    snprintf(folder, sizeof(folder), "%s/audit/images", getenv("UNROOT_TEST_DATA"));
    char *images = read_table(folder), *table = NULL;
    assert_true(asprintf(&table, "%s%s", files, images) > 0);
    free(files);
    free(images);
    for (int rule = 0; rule < NR501; rule++) {
        int fires = 0, lines = 0;
        for (const char *p = table; *p != '\0'; p += strcspn(p, "\n") + 1) {
            char line[256];
            snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\n"), p);
            fires += strstr(line, rule_get((enum rule_id)rule)->name) != NULL;
            lines++;
        }
        if (fires < 2 || lines - fires < 2)
            fail_msg("%s fires in %d of %d files", rule_get((enum rule_id)rule)->name, fires, lines);
    }
    free(table);
}

/* A file of section 6: it is there, has its verdict in its name and is looked at by the tests above. */
static bool is_held(const char *name, const char *files, const char *images, const char *live)
{
    char line[256], quoted[256];
    const char *in_images = strncmp(name, "images/", 7) == 0 ? name + 7 : NULL;
    if (strncmp(name, "live:", 5) != 0)
        return find_expected(in_images ? images : files, in_images ? in_images : name, line, sizeof(line));
    snprintf(quoted, sizeof(quoted), "\"%s\"", name + 5);
    if (strcmp(name, "live:root exec") == 0 || strcmp(name, "live:setuid files") == 0)
        snprintf(quoted, sizeof(quoted), "cmocka_unit_test(test_%.4s", name[5] == 'r' ? "root" : "setu");
    return strstr(live, quoted);
}

/* Every case of section 6 has its files. */
static void test_section_6(void **state)
{
    char path[4096], rest[1024];
    int cases = 0, bad = 0;
    snprintf(path, sizeof(path), "%s/audit/SECTION-6", getenv("UNROOT_TEST_DATA"));
    char *table = read_file(path);
    snprintf(path, sizeof(path), "%s/audit", getenv("UNROOT_TEST_DATA"));
    char *files = read_table(path);
    snprintf(path, sizeof(path), "%s/audit/images", getenv("UNROOT_TEST_DATA"));
    char *images = read_table(path);
    snprintf(path, sizeof(path), "%s/../unit/audit/test_live.c", getenv("UNROOT_TEST_DATA"));
    char *live = read_file(path);
    for (const char *p = table; *p != '\0'; p += strcspn(p, "\n") + 1) {
        if (*p == '#' || *p == ' ')
            continue;
        snprintf(rest, sizeof(rest), "%.*s", (int)strcspn(p, "\n"), p);
        char *names = NULL;
        for (char *at = strstr(rest, ": "); at; at = strstr(at + 1, ": "))
            names = at + 2;
        assert_non_null(names);
        int count = 0;
        for (char *name = names, *next; name; name = next) {
            next = strstr(name, strncmp(name, "live:", 5) == 0 ? " images/" : " ");
            if (next)
                *next++ = '\0';
            if (!is_held(name, files, images, live))
                print_message("%s: not there\n", name);
            bad += !is_held(name, files, images, live);
            count++;
        }
        assert_true(count > 0);
        cases++;
    }
    free(table);
    free(files);
    free(images);
    free(live);
    assert_int_equal(bad, 0);
    assert_true(cases >= 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_file),
        cmocka_unit_test(test_every_image),
        cmocka_unit_test(test_every_rule),
        cmocka_unit_test(test_section_6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
