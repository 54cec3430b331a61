/* SPDX-License-Identifier: Apache-2.0 */
/* Source patterns (filepath.Match's own table, less what slashes are about) and --chmod. */
#include "formats/glob.h"
#include "formats/mode_change.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_match(void **state)
{
    static const struct {
        const char *pattern, *name;
        int matches; /* -1: no pattern */
    } rows[] = {
        {"abc", "abc", 1},
        {"*", "abc", 1},
        {"*c", "abc", 1},
        {"a*", "a", 1},
        {"a*", "abc", 1},
        {"a*b*c*d*e*", "axbxcxdxe", 1},
        {"a*b?c*x", "abxbbxdbxebxczzx", 1},
        {"a*b?c*x", "abxbbxdbxebxczzy", 0},
        {"ab[c]", "abc", 1},
        {"ab[b-d]", "abc", 1},
        {"ab[e-g]", "abc", 0},
        {"ab[^c]", "abc", 0},
        {"ab[^b-d]", "abc", 0},
        {"ab[^e-g]", "abc", 1},
        {"a\\*b", "a*b", 1},
        {"a\\*b", "ab", 0},
        {"a?b",
         "a\xE2\x98\xBA"
         "b",
         1},
        {"a[^a]b",
         "a\xE2\x98\xBA"
         "b",
         1},
        {"a???b",
         "a\xE2\x98\xBA"
         "b",
         0},
        {"a[^a][^a][^a]b",
         "a\xE2\x98\xBA"
         "b",
         0},
        {"[a-\xCE\xB6]*", "\xCE\xB1", 1},
        {"*[a-\xCE\xB6]", "A", 0},
        {"[\\]a]", "]", 1},
        {"[\\-]", "-", 1},
        {"[x\\-]", "x", 1},
        {"[x\\-]", "-", 1},
        {"[x\\-]", "z", 0},
        {"[\\-x]", "a", 0},
        {"[]a]", "]", -1},
        {"[-]", "-", -1},
        {"[x-]", "x", -1},
        {"[-x]", "x", -1},
        {"\\", "a", -1},
        {"[a-b-c]", "a", -1},
        {"[", "a", -1},
        {"[^", "a", -1},
        {"[^bc", "a", -1},
        {"a[", "a", -1},
        {"*x", "xxx", 1},
        {"", "", 1},
        {"arr[[]0].txt", "arr[0].txt", 1},
        {"hom?.txt", "home.txt", 1},
        {"**", "a", 1},
        {"?\xFF", "a\xFF", 1},
        {"", "a", 0},
        {"a", "", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int checked = glob_check(rows[i].pattern);
        if ((checked < 0) != (rows[i].matches < 0))
            fail_msg("%s: check says %d", rows[i].pattern, checked);
        if (checked == 0 && glob_match(rows[i].pattern, rows[i].name) != (rows[i].matches == 1))
            fail_msg("%s against %s", rows[i].pattern, rows[i].name);
    }
    assert_false(glob_is_pattern("a\\*b"));
    assert_true(glob_is_pattern("a\\\\*b"));
    assert_true(glob_is_pattern("a["));
}

static void test_long_match_is_fast(void **state)
{
    char pattern[2001], name[2001];
    memset(name, 'a', 2000);
    for (size_t i = 0; i < 2000; i += 2) {
        pattern[i] = '*';
        pattern[i + 1] = 'a';
    }
    pattern[1999] = 'b';
    pattern[2000] = name[2000] = '\0';
    assert_false(glob_match(pattern, name));
}

static void test_modes(void **state)
{
    static const struct {
        const char *change;
        unsigned mode;
        bool folder;
        int result;
    } rows[] = {
        {"755", 0644, false, 0755},
        {"0755", 0, false, 0755},
        {"4711", 0, false, 04711},
        {"7777", 0, false, 07777},
        {"10000", 0, false, -ERANGE},
        {"789", 0, false, -EINVAL},
        {"u=rwX,go=rX", 0600, false, 0644},
        {"u=rwX,go=rX", 0600, true, 0755},
        {"u=rwX,go=rX", 0700, false, 0755},
        {"+x", 0644, false, 0755},
        {"a+x", 0644, false, 0755},
        {"-w", 0666, false, 0444},
        {"go-rwx", 0777, false, 0700},
        {"g=u", 0640, false, 0660},
        {"o=g", 0750, false, 0755},
        {"u+s", 0755, false, 04755},
        {"g+s", 0755, true, 02755},
        {"+t", 0777, true, 01777},
        {"u=rx", 04755, false, 0555},
        {"a=", 0755, false, 0},
        {"u+r-w", 0300, false, 0500},
        {"ug+w,o-r", 0444, false, 0660},
        {"", 0, false, -EINVAL},
        {"u", 0, false, -EINVAL},
        {"u=rwx,", 0, false, -EINVAL},
        {"u=rwq", 0, false, -EINVAL},
        {"rwx", 0, false, -EINVAL},
        {"u+rwx g+r", 0, false, -EINVAL},
        {"-1", 0, false, -EINVAL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned got = 0;
        int r = mode_change_apply(rows[i].change, rows[i].mode, rows[i].folder, &got);
        if (rows[i].result < 0 ? r != rows[i].result : r != 0 || got != (unsigned)rows[i].result)
            fail_msg("%s on %o: %d %o", rows[i].change, rows[i].mode, r, got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_long_match_is_fast),
        cmocka_unit_test(test_modes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
