/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/tree.h"

#include "kernel/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[] = "/var/tmp/unroot-tree.XXXXXX";
static int top_fd;

static void make_file(int dirfd, const char *name)
{
    int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
}

static bool exists(const char *name)
{
    return faccessat(top_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void files_links_and_folders_go(void **state)
{
    (void)state;
    make_file(top_fd, "kept");
    assert_int_equal(mkdirat(top_fd, "t", 0700), 0);
    assert_int_equal(mkdirat(top_fd, "t/locked", 0700), 0);
    make_file(top_fd, "t/locked/f");
    assert_int_equal(fchmodat(top_fd, "t/locked", 0, 0), 0);
    assert_int_equal(symlinkat("../kept", top_fd, "t/link"), 0);
    assert_int_equal(symlinkat("..", top_fd, "t/up"), 0);
    assert_int_equal(mkfifoat(top_fd, "t/fifo", 0600), 0);
    if (geteuid() != 0)
        assert_int_equal(fchmodat(top_fd, "t/locked", 0700, 0), 0);
    assert_int_equal(tree_remove(top_fd, "t"), 0);
    assert_false(exists("t"));
    assert_true(exists("kept"));
    assert_int_equal(tree_remove(top_fd, "kept"), 0);
    assert_int_equal(tree_remove(top_fd, "kept"), 0);
}

static void a_link_is_removed_not_followed(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(top_fd, "kept", 0700), 0);
    make_file(top_fd, "kept/f");
    assert_int_equal(symlinkat("kept", top_fd, "t"), 0);
    assert_int_equal(tree_remove(top_fd, "t"), 0);
    assert_true(exists("kept/f"));
    assert_int_equal(tree_remove(top_fd, "kept"), 0);
}

static void names_that_are_paths_are_refused(void **state)
{
    (void)state;
    assert_int_equal(tree_remove(top_fd, "a/b"), -EINVAL);
    assert_int_equal(tree_remove(top_fd, ".."), -EINVAL);
    assert_int_equal(tree_remove(top_fd, "."), -EINVAL);
    assert_int_equal(tree_remove(top_fd, ""), -EINVAL);
}

/* Deeper than PATH_MAX, than the descriptors and than the stack would allow a level each. */
static void depth_has_no_limit(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(top_fd, "deep", 0700), 0);
    int fd = openat(top_fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(mkdirat(fd, "dddddddd", 0700), 0);
        if (i % 1000 == 0)
            make_file(fd, ".unroot-rm-0");
        int next = openat(fd, "dddddddd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void)close(fd);
        fd = next;
    }
    (void)close(fd);
    assert_int_equal(tree_remove(top_fd, "deep"), 0);
    assert_false(exists("deep"));
}

/* In a mount namespace of its own: what is mounted below the tree stays as it is. */
static int remove_with_mount(void)
{
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return 77;
    /* By name: top_fd is of the mount namespace that was left. */
    if (chdir(top) < 0 || mount("precious", "m/mounted", NULL, MS_BIND, NULL) < 0)
        return 2;
    autoclose int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = tree_remove(fd, "m");
    return r < 0 && faccessat(fd, "precious/f", F_OK, 0) == 0 ? 0 : 3;
}

static void mounts_are_not_entered(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(mkdirat(top_fd, "precious", 0700), 0);
    make_file(top_fd, "precious/f");
    assert_int_equal(mkdirat(top_fd, "m", 0700), 0);
    assert_int_equal(mkdirat(top_fd, "m/mounted", 0700), 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(remove_with_mount());
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(tree_remove(top_fd, "m"), 0);
    assert_int_equal(tree_remove(top_fd, "precious"), 0);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(top))
        return -1;
    top_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return top_fd >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    (void)close(top_fd);
    return rmdir(top); /* every test has removed all it made */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_links_and_folders_go),       cmocka_unit_test(a_link_is_removed_not_followed),
        cmocka_unit_test(names_that_are_paths_are_refused), cmocka_unit_test(depth_has_no_limit),
        cmocka_unit_test(mounts_are_not_entered),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
