/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "init/files.h"
#include "init/options.h"

#include <errno.h>
#include <string.h>

static const struct option_row rows[] = {{'g', "group", NULL, 1, "x"},
                                         {'r', "rewrite", "A:B", 2, "x"},
                                         {0, "long", "V", 3, "x"},
                                         {'s', NULL, NULL, 4, "x"}};

/* "id=value " for each option, then "| words", or "failed". */
static const char *read_all(char **words)
{
    static char text[300];
    struct options o = {.program = "t", .rows = rows, .row_count = ARRAY_SIZE(rows), .words = words};
    struct failure f = {0};
    const char *value;
    size_t n = 0;
    int id;
    while ((id = options_next(&o, &value, &f)) > 0)
        n += format_text(text + n, sizeof(text) - n, "%d=%s ", id, value ? value : "");
    if (id < 0)
        return "failed";
    n += format_text(text + n, sizeof(text) - n, "|%s", o.ended_by_dashes ? "--" : "");
    for (char **w = o.words; *w; w++)
        n += format_text(text + n, sizeof(text) - n, " %s", *w);
    return text;
}

#define ASSERT_READS(expected, ...) assert_string_equal(read_all((char *[]){__VA_ARGS__, NULL}), expected)

static void test_forms(void **state)
{
    (void)state;
    ASSERT_READS("1= 2=a:b | cmd -g", "-g", "-r", "a:b", "cmd", "-g");
    ASSERT_READS("1= 4= 2=a:b | x", "-gsra:b", "x");
    ASSERT_READS("3=v 3= |-- -g", "--long=v", "--long=", "--", "-g");
    ASSERT_READS("3=v | -", "--long", "v", "-");
    ASSERT_READS("2=-- | x", "-r", "--", "x");
    ASSERT_READS("failed", "-x");
    ASSERT_READS("failed", "-gx");
    ASSERT_READS("failed", "-r");
    ASSERT_READS("failed", "--long");
    ASSERT_READS("failed", "--group=1");
    ASSERT_READS("failed", "--grou");
    ASSERT_READS("failed", "--groupy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
