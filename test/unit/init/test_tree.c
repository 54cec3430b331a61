/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "init/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char path[64];
    int top;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    snprintf(f->path, sizeof(f->path), "/tmp/unroot-init-tree-XXXXXX");
    if (!mkdtemp(f->path))
        return -1;
    f->top = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = f;
    return mkdirat(f->top, "a", 0755) || mkdirat(f->top, "a/b", 0755) || symlinkat("a", f->top, "link") ||
           symlinkat("/etc", f->top, "out") || symlinkat("../..", f->top, "a/up");
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    unlinkat(f->top, "a/up", 0);
    unlinkat(f->top, "a/b", AT_REMOVEDIR);
    unlinkat(f->top, "a", AT_REMOVEDIR);
    unlinkat(f->top, "link", 0);
    unlinkat(f->top, "out", 0);
    close(f->top);
    rmdir(f->path);
    free(f);
    return 0;
}

/* 0 for a descriptor, which is closed again. */
static int try_open(int (*opener)(int, const char *, int), int top, const char *path, int flags)
{
    int fd = opener(top, path, flags);
    if (fd >= 0)
        close(fd);
    return fd >= 0 ? 0 : fd;
}

/* Both ways must agree, or the fallback is a hole. */
static void test_both_ways(void **state)
{
    struct fixture *f = *state;
    int (*const openers[])(int, const char *, int) = {tree_open, tree_open_stepwise};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(try_open(openers[i], f->top, "a/b", O_RDONLY | O_DIRECTORY), 0);
        assert_int_equal(try_open(openers[i], f->top, "", O_RDONLY | O_DIRECTORY), 0);
        assert_int_equal(try_open(openers[i], f->top, "link", O_PATH), 0); /* the link itself */
        assert_true(try_open(openers[i], f->top, "link", O_RDONLY | O_DIRECTORY) < 0);
        assert_true(try_open(openers[i], f->top, "link/b", O_RDONLY | O_DIRECTORY) < 0);
        assert_true(try_open(openers[i], f->top, "out/passwd", O_RDONLY) < 0);
        assert_true(try_open(openers[i], f->top, "a/up/a", O_RDONLY | O_DIRECTORY) < 0);
        assert_int_equal(try_open(openers[i], f->top, "../x", O_RDONLY), -EXDEV);
        assert_int_equal(try_open(openers[i], f->top, "a/none", O_RDONLY), -ENOENT);
    }
    int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(try_open(openers[i], root, "proc", O_RDONLY | O_DIRECTORY), -EXDEV);
    close(root);
}

static void test_top(void **state)
{
    struct fixture *f = *state;
    char path[128];
    int fd = tree_open_top(f->path);
    assert_true(fd >= 0);
    assert_int_equal(tree_mount_kind(fd), MOUNT_ORDINARY);
    close(fd);
    snprintf(path, sizeof(path), "%s/link", f->path);
    int r = tree_open_top(path);
    assert_true(r == -ELOOP || r == -ENOTDIR);
    snprintf(path, sizeof(path), "%s/link/b", f->path);
    assert_int_equal(tree_open_top(path), -ELOOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_both_ways, set_up, tear_down),
                                       cmocka_unit_test_setup_teardown(test_top, set_up, tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
