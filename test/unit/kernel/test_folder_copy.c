/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/folder_copy.h"
#include "kernel/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char path[64];
    int top, from, to;
};

static void place_make(struct place *p)
{
    snprintf(p->path, sizeof(p->path), "/tmp/folder-copy.XXXXXX");
    assert_non_null(mkdtemp(p->path));
    p->top = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(p->top >= 0 && mkdirat(p->top, "from", 0755) == 0 && mkdirat(p->top, "to", 0755) == 0);
    p->from = openat(p->top, "from", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    p->to = openat(p->top, "to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(p->from >= 0 && p->to >= 0);
}

static void place_remove(struct place *p)
{
    close(p->from);
    close(p->to);
    close(p->top);
    int tmp = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(tree_remove(tmp, p->path + strlen("/tmp/")), 0);
    close(tmp);
}

static void write_at(int folder, const char *name, const char *text, mode_t mode)
{
    int fd = openat(folder, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(fd, mode) == 0);
    close(fd);
}

static mode_t mode_at(int folder, const char *name)
{
    struct stat status = {0};
    return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : status.st_mode;
}

static void all_kinds_arrive(void **state)
{
    struct place p;
    char text[20] = "", target[20] = "";
    place_make(&p);
    assert_int_equal(mkdirat(p.from, "sub", 0700), 0);
    write_at(p.from, "sub/file", "content", 04711);
    assert_int_equal(fchmodat(p.from, "sub", 01555, 0), 0);
    assert_int_equal(symlinkat("/etc/shadow", p.from, "link"), 0);
    assert_int_equal(mkfifoat(p.from, "pipe", 0622), 0);
    assert_int_equal(fchmodat(p.from, "pipe", 0622, 0), 0);
    assert_int_equal(folder_copy(p.from, p.to), 0);
    int fd = openat(p.to, "sub/file", O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, text, sizeof(text) - 1), 7);
    close(fd);
    assert_string_equal(text, "content");
    assert_true(mode_at(p.to, "sub/file") == (S_IFREG | 04711) && mode_at(p.to, "sub") == (S_IFDIR | 01555));
    assert_true(mode_at(p.to, "pipe") == (S_IFIFO | 0622));
    assert_int_equal(readlinkat(p.to, "link", target, sizeof(target) - 1), 11);
    assert_string_equal(target, "/etc/shadow");
    assert_int_equal(folder_copy(p.from, p.to), -EEXIST); /* never over what is there */
    place_remove(&p);
}

static void depth_is_bounded(void **state)
{
    struct place p;
    place_make(&p);
    int at = dup(p.from);
    for (int i = 0; i < 70; i++) {
        assert_int_equal(mkdirat(at, "d", 0700), 0);
        int next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(at);
        at = next;
    }
    close(at);
    assert_int_equal(folder_copy(p.from, p.to), -ELOOP);
    place_remove(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_kinds_arrive),
        cmocka_unit_test(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
