/* SPDX-License-Identifier: Apache-2.0 */
/* What sudoers and doas.conf let one user do: as a table. */
#include "formats/sudoers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *text;
    unsigned line; /* 0: no way */
};

typedef int finder(const char *text, const struct sudo_user *user, unsigned *ret_line, char **ret_rule);

/* The user is app, uid 1500, in the groups app (1500) and wheel (10). */
static void check(finder *find, const struct row *rows, size_t count)
{
    autostrings struct strings groups = {0};
    static const uint32_t gids[] = {1500, 10};
    assert_int_equal(strings_add(&groups, "app") | strings_add(&groups, "wheel"), 0);
    struct sudo_user user = {"app", 1500, &groups, gids, ARRAY_SIZE(gids)};
    for (size_t i = 0; i < count; i++) {
        unsigned line = 0;
        char *rule = NULL;
        int r = find(rows[i].text, &user, &line, &rule);
        if (r != (rows[i].line > 0) || line != (r > 0 ? rows[i].line : line))
            print_message("%s", rows[i].text);
        assert_int_equal(r, rows[i].line > 0);
        if (r > 0)
            assert_int_equal(line, rows[i].line);
        free(rule);
    }
}

static void test_sudoers(void **state)
{
    static const struct row rows[] = {
        {"", 0},
        {"app ALL=(ALL) NOPASSWD: ALL\n", 1},
        {"app ALL=(ALL:ALL) NOPASSWD:ALL", 1},
        {"# app ALL=(ALL) NOPASSWD: ALL\n", 0},
        {"app ALL=(ALL) ALL\n", 0},
        {"app ALL=(ALL) PASSWD: ALL\n", 0},
        {"other ALL=(ALL) NOPASSWD: ALL\n", 0},
        {"Defaults env_reset\n\nother ALL=(ALL) ALL\napp ALL=NOPASSWD: /bin/x\n", 4},
        {"%wheel ALL=(ALL) NOPASSWD: ALL\n", 1},
        {"%sudo ALL=(ALL) NOPASSWD: ALL\n", 0},
        {"%#10 ALL=(ALL) NOPASSWD: ALL\n", 1},
        {"%#11 ALL=(ALL) NOPASSWD: ALL\n", 0},
        {"#1500 ALL=(ALL) NOPASSWD: ALL\n", 1},
        {"#1501 ALL=(ALL) NOPASSWD: ALL\n", 0},
        {"ALL ALL=(ALL) NOPASSWD: ALL\n", 1},
        {"other, app ALL=(ALL) NOPASSWD: ALL\n", 1},
        {"!app ALL=(ALL) NOPASSWD: ALL\n", 0},
        {"User_Alias PEOPLE = other, app\nPEOPLE ALL=(ALL) NOPASSWD: ALL\n", 2},
        {"User_Alias A = other : B = app\nB ALL=(ALL) NOPASSWD: ALL\n", 2},
        {"User_Alias A = B\nUser_Alias B = A\nA ALL=(ALL) NOPASSWD: ALL\n", 0},
        {"app ALL=(ALL) \\\n  NOPASSWD: ALL\n", 1},
        {"Defaults !authenticate\napp ALL=(ALL) ALL\n", 2},
        {"Defaults:other env_keep=X\napp ALL=(ALL) ALL\n", 0},
        {"Cmnd_Alias X = /bin/x NOPASSWD:\n", 0},
        {"#includedir /etc/sudoers.d\n@include x\n", 0},
        {"app", 0},
    };
    check(sudoers_find_nopasswd, rows, ARRAY_SIZE(rows));
}

static void test_doas(void **state)
{
    static const struct row rows[] = {
        {"", 0},
        {"permit nopass app\n", 1},
        {"permit nopass keepenv app as root cmd reboot\n", 1},
        {"permit nopass setenv { PATH A=b } app\n", 1},
        {"permit app\n", 0},
        {"permit persist app\n", 0},
        {"permit nopass other\n", 0},
        {"permit nopass :wheel\n", 1},
        {"permit nopass :10\n", 1},
        {"permit nopass :sudo\n", 0},
        {"permit nopass 1500\n", 1},
        {"permit nopass 1501\n", 0},
        {"permit nopass app\ndeny app\n", 0},
        {"deny app\npermit nopass app\n", 2},
        {"permit nopass app\npermit app\n", 0},
        {"# permit nopass app\n", 0},
        {"permit nopass\n", 0},
    };
    check(doas_find_nopass, rows, ARRAY_SIZE(rows));
}

/* A uid without a name: only ALL, numbers and groups can mean it. */
static void test_without_a_name(void **state)
{
    struct sudo_user user = {NULL, 1500, NULL, NULL, 0};
    unsigned line;
    char *rule = NULL;
    assert_int_equal(sudoers_find_nopasswd("app ALL=NOPASSWD: ALL\n", &user, &line, &rule), 0);
    assert_int_equal(sudoers_find_nopasswd("#1500 ALL=NOPASSWD: ALL\n", &user, &line, &rule), 1);
    assert_string_equal(rule, "#1500 ALL=NOPASSWD: ALL");
    free(rule);
    assert_int_equal(doas_find_nopass("permit nopass app\n", &user, &line, &rule), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sudoers),
        cmocka_unit_test(test_doas),
        cmocka_unit_test(test_without_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
