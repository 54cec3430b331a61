/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "formats/environment.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct strings host = {(char *[]){"HOME=/root", "EMPTY=", "LANG=C", NULL}, 3, 4};

static char *join(const struct strings *list)
{
    autotext struct text t = {0};
    for (size_t i = 0; i < list->count; i++)
        text_printf(&t, "%s|", list->items[i]);
    return text_take(&t);
}

static void test_add(void **state)
{
    autostrings struct strings list = {0};
    struct failure f = {0};
    const char *const words[] = {"A=1", "B=x=y", "HOME", "EMPTY", "NONE", "A=2", "C=", "HOME=/h", "a b=c"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        assert_int_equal(environment_add(words[i], &host, &list, &f), 0);
    autofree char *said = join(&list);
    assert_string_equal(said, "A=2|B=x=y|HOME=/h|EMPTY=|C=|a b=c|");
    assert_int_equal(environment_add("LANG", NULL, &list, &f), 0);
    assert_null(strings_get_variable(&list, "LANG"));
    assert_int_equal(environment_add("", &host, &list, &f), -EINVAL);
    struct failure g = {0};
    assert_int_equal(environment_add("=x", &host, &list, &g), -EINVAL);
    assert_string_equal(g.text, "invalid environment variable: =x");
}

static void test_labels(void **state)
{
    autostrings struct strings list = {0};
    struct failure f = {0};
    assert_int_equal(label_add("a=1", &list, &f), 0);
    assert_int_equal(label_add("b", &list, &f), 0);
    assert_int_equal(label_add("=x", &list, &f), -EINVAL);
    struct environment_file file = {"f", "c=\nd\na=2\n", 9};
    assert_int_equal(label_read_file(&file, &list, &f), 0);
    autofree char *said = join(&list);
    assert_string_equal(said, "a=2|b=|c=|d=|");
}

static void test_file(void **state)
{
    const struct {
        const char *text, *wanted; /* begins with '!': refused */
    } rows[] = {
        {"A=1\nB=2", "A=1|B=2|"},
        {"\xef\xbb\xbf"
         "A=1\r\n\n  # comment\n\t B= x \n",
         "A=1|B= x |"},
        {"A=\"quoted\"\nB='x' # no comment\n", "A=\"quoted\"|B='x' # no comment|"},
        {"HOME\nNONE\nLANG\n", "HOME=/root|LANG=C|"},
        {"A=1\nA=2\n", "A=2|"},
        {"A==b\n", "A==b|"},
        {"", ""},
        {"# only", ""},
        {"\xe2\x82\xac=\xe2\x82\xac\n", "\xe2\x82\xac=\xe2\x82\xac|"},
        {"A=1\nA B=2\n", "!invalid env file (f): variable 'A B' contains whitespaces"},
        {"A =2\n", "!invalid env file (f): variable 'A ' contains whitespaces"},
        {"HOME \n", "!invalid env file (f): variable 'HOME ' contains whitespaces"},
        {"=x\n", "!invalid env file (f): no variable name on line '=x'"},
        {"A=1\nB=\xff\n", "!invalid env file (f): invalid utf8 bytes at line 2"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autostrings struct strings list = {0};
        struct failure f = {0};
        struct environment_file file = {"f", rows[i].text, strlen(rows[i].text)};
        int r = environment_read_file(&file, &host, &list, &f);
        if (rows[i].wanted[0] == '!') {
            assert_int_equal(r, -EINVAL);
            assert_string_equal(f.text, rows[i].wanted + 1);
            continue;
        }
        autofree char *said = join(&list);
        assert_int_equal(r, 0);
        assert_string_equal(said ? said : "", rows[i].wanted);
    }
    autostrings struct strings list = {0};
    struct failure f = {0}, g = {0};
    struct environment_file nul = {"f", "A=1\0B", 5}, large = {"f", "", ENVIRONMENT_FILE_MAX + 1};
    assert_int_equal(environment_read_file(&nul, &host, &list, &f), -EINVAL);
    assert_int_equal(environment_read_file(&large, &host, &list, &g), -EFBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
