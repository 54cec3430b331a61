/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/path.h"

#include "kernel/file.h"
#include "kernel/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[] = "/var/tmp/unroot-path.XXXXXX";
static int top_fd, root_fd;

static bool exists(const char *name)
{
    return faccessat(root_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void a_root_is_not_left(void **state)
{
    (void)state;
    static const char *const paths[] = {"../secret", "/../../secret", "up/secret", "up/../secret",
                                        "absolute/secret"};
    assert_int_equal(symlinkat("..", root_fd, "up"), 0);
    assert_int_equal(symlinkat(top, root_fd, "absolute"), 0);
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        assert_int_equal(path_open_in_root(root_fd, paths[i], O_RDONLY), -ENOENT);
        assert_true(path_open_beneath(root_fd, paths[i], O_RDONLY) < 0);
    }
    assert_int_equal(path_open_beneath(root_fd, "up/secret", O_RDONLY), -EXDEV);
    char magic[64];
    (void)snprintf(magic, sizeof(magic), "/proc/self/fd/%d", top_fd);
    assert_int_equal(path_open(AT_FDCWD, magic, O_RDONLY, 0), -ELOOP);
}

static void folders_are_made_inside(void **state)
{
    (void)state;
    unsigned made = 0;
    autoclose int a = path_make_dirs_in_root(root_fd, "/a/b//c/./d/", 0750, &made);
    assert_true(a >= 0 && made == 4 && exists("a/b/c/d"));
    struct stat st;
    assert_int_equal(fstat(a, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0750);
    autoclose int again = path_make_dirs_in_root(root_fd, "a/b/c/d", 0750, &made);
    assert_true(again >= 0 && made == 0);
    autoclose int above = path_make_dirs_in_root(root_fd, "../../escape/x", 0755, &made);
    assert_true(above >= 0 && made == 2 && exists("escape/x"));
    assert_int_not_equal(faccessat(top_fd, "escape", F_OK, 0), 0);
    autoclose int whole = path_make_dirs_in_root(root_fd, "/", 0755, &made);
    assert_true(whole >= 0 && made == 0);
}

static void links_that_lead_nowhere_are_made(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(root_fd, "var", 0755), 0);
    assert_int_equal(symlinkat("/run", root_fd, "var/run"), 0);
    assert_int_equal(symlinkat("../x/y", root_fd, "var/rel"), 0);
    assert_int_equal(symlinkat("../../../../../../outside", root_fd, "var/out"), 0);
    unsigned made;
    autoclose int run = path_make_dirs_in_root(root_fd, "/var/run/web", 0755, &made);
    assert_true(run >= 0 && made == 2 && exists("run/web"));
    autoclose int rel = path_make_dirs_in_root(root_fd, "var/rel/z", 0755, &made);
    assert_true(rel >= 0 && made == 3 && exists("x/y/z"));
    autoclose int out = path_make_dirs_in_root(root_fd, "var/out/z", 0755, &made);
    assert_true(out >= 0 && exists("outside/z"));
    assert_int_not_equal(faccessat(top_fd, "outside", F_OK, 0), 0);
}

static void what_is_in_the_way_is_told(void **state)
{
    (void)state;
    assert_int_equal(file_write_atomic(root_fd, "file", "x", 1, false), 0);
    assert_int_equal(path_make_dirs_in_root(root_fd, "file/x", 0755, NULL), -ENOTDIR);
    assert_int_equal(path_make_dirs_in_root(root_fd, "file", 0755, NULL), -ENOTDIR);
    assert_int_equal(symlinkat("loop2", root_fd, "loop1"), 0);
    assert_int_equal(symlinkat("loop1", root_fd, "loop2"), 0);
    assert_int_equal(path_make_dirs_in_root(root_fd, "loop1/x", 0755, NULL), -ELOOP);
    char name[300];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(path_make_dirs_in_root(root_fd, name, 0755, NULL), -ENAMETOOLONG);
}

static void a_parent_and_a_name_come_apart(void **state)
{
    (void)state;
    static const char *const none[] = {"", "/", "..", "a/..", "a/.", "//"};
    autofree char *name = NULL, *top_name = NULL;
    autoclose int made = path_make_dirs_in_root(root_fd, "p/q", 0755, NULL);
    autoclose int parent = path_open_parent_in_root(root_fd, "/p/q/file//", &name);
    assert_true(made >= 0 && parent >= 0);
    assert_string_equal(name, "file");
    autoclose int root = path_open_parent_in_root(root_fd, "file", &top_name);
    assert_true(root >= 0);
    assert_string_equal(top_name, "file");
    for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
        char *nothing = NULL;
        assert_int_equal(path_open_parent_in_root(root_fd, none[i], &nothing), -EINVAL);
        assert_null(nothing);
    }
}

static void files_are_whole_or_refused(void **state)
{
    (void)state;
    char *data = NULL;
    size_t size;
    assert_int_equal(file_write_atomic(root_fd, "whole", "12345", 5, true), 0);
    assert_int_equal(file_write_atomic(root_fd, "whole", "123456", 6, true), 0);
    assert_int_equal(file_read_all(root_fd, "whole", 6, &data, &size), 0);
    assert_int_equal(size, 6);
    assert_string_equal(data, "123456");
    free(data);
    assert_int_equal(file_read_all(root_fd, "whole", 5, &data, &size), -EFBIG);
    assert_int_equal(file_read_all(root_fd, "none", 5, &data, &size), -ENOENT);
    assert_int_equal(symlinkat("whole", root_fd, "link"), 0);
    assert_int_equal(file_read_all(root_fd, "link", 10, &data, &size), -ELOOP);
    assert_int_equal(file_read_all(AT_FDCWD, "/proc/self/status", 1 << 20, &data, &size), 0);
    assert_true(size > 100 && strlen(data) == size);
    free(data);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fd_write_all(ends[1], "abc", 3), 0);
    (void)close(ends[1]);
    char buffer[10];
    assert_int_equal(fd_read_all(ends[0], buffer, sizeof(buffer)), 3);
    (void)close(ends[0]);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(top))
        return -1;
    top_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top_fd < 0 || mkdirat(top_fd, "root", 0755) < 0 ||
        file_write_atomic(top_fd, "secret", "s", 1, false) < 0)
        return -1;
    root_fd = openat(top_fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return root_fd >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    autoclose int parent = open("/var/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return tree_remove(parent, strrchr(top, '/') + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_root_is_not_left),
        cmocka_unit_test(folders_are_made_inside),
        cmocka_unit_test(links_that_lead_nowhere_are_made),
        cmocka_unit_test(what_is_in_the_way_is_told),
        cmocka_unit_test(a_parent_and_a_name_come_apart),
        cmocka_unit_test(files_are_whole_or_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
