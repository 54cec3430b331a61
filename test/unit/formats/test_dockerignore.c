/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/dockerignore.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *rules, *path;
    bool ignored;
};

static const struct row rows[] = {
    {"**", "file", true},
    {"**", "file/", true},
    {"**/", "file", true},
    {"**", "dir/file", true},
    {"**/**", "dir/file", true},
    {"dir/**", "dir/file", true},
    {"dir/**", "dir/dir2/file", true},
    {"dir/**", "dirx/file", false},
    {"**/dir2/*", "dir/dir2/file", true},
    {"**/dir2/*", "dir/dir2/dir2/file", true},
    {"**/dir2/**", "dir/dir2/dir2/file", true},
    {"**file", "file", true},
    {"**file", "dir/file", true},
    {"**/file", "dir/dir/file", true},
    {"**/file*", "dir/dir/file.txt", true},
    {"**/file*txt", "dir/dir/file.txt", true},
    {"**/file*.txt*", "dir/dir/file.txt", true},
    {"**/**/*.txt", "dir/dir/file.txt", true},
    {"**/**/*.txt2", "dir/dir/file.txt", false},
    {"**/*.txt", "file.txt", true},
    {"**/**/*.txt", "file.txt", true},
    {"a**/*.txt", "a/file.txt", true},
    {"a**/*.txt", "a/dir/file.txt", true},
    {"a/*.txt", "a/dir/file.txt", false},
    {"a/*.txt", "a/file.txt", true},
    {"a[b-d]e", "ae", false},
    {"a[b-d]e", "ace", true},
    {"a[b-d]e", "aae", false},
    {"a[^b-d]e", "aze", true},
    {".*", ".foo", true},
    {".*", "foo", false},
    {"abc.def", "abcdef", false},
    {"abc.def", "abc.def", true},
    {"abc?def", "abcZdef", true},
    {"abc?def", "abcdef", false},
    {"a\\*b", "a*b", true},
    {"a\\*b", "axb", false},
    {"**/foo/bar", "foo/bar", true},
    {"**/foo/bar", "dir/dir2/foo/bar", true},
    {"abc/**", "abc", false},
    {"abc/**", "abc/def", true},
    {"**/.foo", ".foo", true},
    {"**/.foo", "bar.foo", false},
    {"a**c/d", "abc/d", false},
    {"a**c/d", "ac/d", true},
    {"a**c/d", "ab/c/d", true},
    {"./bin", "bin", true},
    {"/bin", "bin", true},
    {"bin/", "bin", true},
    {"bin", "bin/ls", true},
    {"bin", "binx", false},
    {"x/../bin", "bin", true},
    {"bin", "sbin/bin", false},
    {"*", "a/b/c", true},
    {"*\n!a", "a/b/c", false},
    {"*\n!a\na/b", "a/b/c", true},
    {"*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true},
    {"*.md\n!README*.md\nREADME-secret.md", "README-x.md", false},
    {"*.md\nREADME-secret.md\n!README*.md", "README-secret.md", false},
    {"!a", "a", false},
    {"# a\n a ", "a", true},
    {"#a", "#a", false},
    {" #a", "#a", true},
    {"! a\n*", "a", true},
    {"*\n! a", "a", false},
    {"a\r\nb\r\n", "b", true},
    {"?", "\xC3\xA9", true},
    {"??", "\xC3\xA9", false},
    {".", "a", false},
    {"", "a", false},
    {"*/temp*", "somedir/temporary.txt", true},
    {"*/temp*", "a/b/temp", false},
    {"*/*/temp*", "a/b/temp", true},
    {"temp?", "tempa", true},
    {"*a*a*a*a*a*a*a*ab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
};

static void test_table(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        autodockerignore struct dockerignore ignore = {0};
        autoreport struct report report = {0};
        assert_int_equal(dockerignore_parse("t", rows[i].rules, strlen(rows[i].rules), &report, &ignore), 0);
        if (dockerignore_match(&ignore, rows[i].path) != rows[i].ignored)
            fail_msg("%s on %s", rows[i].rules, rows[i].path);
    }
}

static void test_bad(void **state)
{
    static const char *const bad[] = {"!", " ! ", "a[", "[]a", "[]", "a\\", "[^", "ok\n[b-"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        autodockerignore struct dockerignore ignore = {0};
        autoreport struct report report = {0};
        if (dockerignore_parse("t", bad[i], strlen(bad[i]), &report, &ignore) != -EINVAL)
            fail_msg("%s is accepted", bad[i]);
        assert_int_equal(report.count, 1);
    }
}

static void test_folders(void **state)
{
    autodockerignore struct dockerignore ignore = {0};
    const char *text = "node_modules\nout\n!out/keep\n";
    assert_int_equal(dockerignore_parse("t", text, strlen(text), NULL, &ignore), 0);
    assert_true(dockerignore_skips_folder(&ignore, "node_modules"));
    assert_false(dockerignore_skips_folder(&ignore, "out"));
    assert_true(dockerignore_skips_folder(&ignore, "out/other"));
    assert_false(dockerignore_skips_folder(&ignore, "src"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
