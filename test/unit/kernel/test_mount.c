/* SPDX-License-Identifier: Apache-2.0 */
/* In a private mount namespace of the test program's own; root only. */
#include "kernel/mount.h"

#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cmocka.h>

static bool can;
static char top[] = "/tmp/unroot-mount.XXXXXX";
static int top_fd = -EBADF;

static int tmpfs_make(const char *mode, uint64_t attributes)
{
    const struct mount_parameter parameters[] = {{"mode", mode}, {"size", "1m"}};
    const struct mount_request request = {"tmpfs", parameters, 2, attributes, -EBADF};
    char message[MOUNT_MESSAGE_SIZE];
    return mount_make(&request, message);
}

/* A tmpfs on top/name. */
static void tmpfs_at(const char *name)
{
    autoclose int fd = tmpfs_make("0751", MOUNT_ATTR_NOSUID);
    assert_true(fd >= 0);
    assert_true(mkdirat(top_fd, name, 0700) == 0 || errno == EEXIST);
    assert_int_equal(mount_attach_at(fd, top_fd, name), 0);
}

static void made_detached_then_attached(void **state)
{
    (void)state;
    if (!can)
        skip();
    struct stat st;
    struct statvfs fs;
    int fd = tmpfs_make("0751", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(mkdirat(top_fd, "a", 0700), 0);
    int target = openat(top_fd, "a", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mount_attach(fd, target), 0);
    assert_int_equal(fstatat(top_fd, "a", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0751);
    assert_int_equal(fstatvfs(fd, &fs), 0);
    assert_int_equal(fs.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC), ST_NOSUID | ST_NODEV);
    close(target);
    close(fd);
    char path[64];
    (void)snprintf(path, sizeof(path), "%s/a", top);
    assert_int_equal(mount_detach(path), 0);
    assert_int_equal(mount_detach(path), -EINVAL);
    assert_int_equal(fstatat(top_fd, "a", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

static void the_kernel_says_why(void **state)
{
    (void)state;
    if (!can)
        skip();
    const struct mount_parameter bad[] = {{"nonsense", "1"}}, flag[] = {{"noswap", NULL}};
    struct mount_request request = {"tmpfs", bad, 1, 0, -EBADF};
    char message[MOUNT_MESSAGE_SIZE] = "old";
    assert_int_equal(mount_make(&request, message), -EINVAL);
    assert_non_null(strstr(message, "nonsense"));
    assert_int_equal(mount_make(&request, NULL), -EINVAL);
    request = (struct mount_request){"no-such-type", NULL, 0, 0, -EBADF};
    assert_int_equal(mount_make(&request, message), -ENODEV);
    assert_string_equal(message, "");
    request = (struct mount_request){"tmpfs", flag, 1, 0, -EBADF};
    int fd = mount_make(&request, message);
    assert_true(fd >= 0);
    close(fd);
}

static void clones_change_alone(void **state)
{
    (void)state;
    if (!can)
        skip();
    tmpfs_at("c");
    assert_int_equal(mkdirat(top_fd, "c/below", 0700), 0);
    tmpfs_at("c/below");
    assert_int_equal(mkdirat(top_fd, "c/below/deep", 0700), 0);
    const struct mount_change read_only = {.set = MOUNT_ATTR_RDONLY, .idmap_userns_fd = -EBADF};
    const struct mount_change writable = {.clear = MOUNT_ATTR_RDONLY, .idmap_userns_fd = -EBADF};
    autoclose int flat = mount_clone(top_fd, "c", false), all = mount_clone(top_fd, "c", true);
    assert_true(flat >= 0 && all >= 0);
    assert_int_equal(fcntl(all, F_GETFD), FD_CLOEXEC);
    assert_int_equal(faccessat(flat, "below/deep", F_OK, 0), -1);
    assert_int_equal(faccessat(all, "below/deep", F_OK, 0), 0);
    assert_int_equal(mount_change(all, &read_only, false), 0);
    assert_int_equal(mkdirat(all, "x", 0700), -1);
    assert_int_equal(errno, EROFS);
    assert_int_equal(mkdirat(all, "below/x", 0700), 0); /* only the top one changed */
    assert_int_equal(mount_change(all, &read_only, true), 0);
    assert_int_equal(mkdirat(all, "below/y", 0700), -1);
    assert_int_equal(mount_change(all, &writable, true), 0);
    assert_int_equal(mkdirat(all, "below/y", 0700), 0);
    assert_int_equal(mkdirat(top_fd, "c/x", 0700), 0); /* the original never was read-only */
    assert_int_equal(mount_clone(top_fd, "missing", false), -ENOENT);
}

static void ids_are_mapped(void **state)
{
    (void)state;
    if (!can)
        skip();
    tmpfs_at("i");
    autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    autoclose int userns = userns_make(proc, "0 5000 10\n", "0 6000 10\n");
    autoclose int fd = mount_clone(top_fd, "i", false);
    assert_true(userns >= 0 && fd >= 0);
    assert_int_equal(mkdirat(top_fd, "i/mine", 0700), 0);
    assert_int_equal(fchownat(top_fd, "i/mine", 3, 4, 0), 0);
    const struct mount_change change = {.idmap_userns_fd = userns};
    struct stat st;
    if (mount_change(fd, &change, false) == -EINVAL)
        skip(); /* tmpfs has no idmapped mounts before Linux 6.3 */
    assert_int_equal(fstatat(fd, "mine", &st, 0), 0);
    assert_int_equal(st.st_uid, 5003);
    assert_int_equal(st.st_gid, 6004);
}

static void the_root_is_left_behind(void **state)
{
    (void)state;
    if (!can)
        skip();
    tmpfs_at("root");
    assert_int_equal(mkdirat(top_fd, "root/only", 0700), 0);
    int pidfd = -EBADF;
    pid_t pid = process_clone(CLONE_NEWNS, -EBADF, &pidfd);
    if (pid == 0) {
        char path[64], here[16]; /* by path: top_fd is a mount of the parent's namespace */
        (void)snprintf(path, sizeof(path), "%s/root", top);
        autoclose int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        int r = mount_make_private();
        _exit(r == 0 && mount_pivot(root) == 0 && access("/only", F_OK) == 0 && access("/proc", F_OK) < 0 &&
                      getcwd(here, sizeof(here)) && strcmp(here, "/") == 0 && access("/../only", F_OK) == 0
                  ? 0
                  : 1);
    }
    assert_int_equal(process_wait(pidfd), 0);
    close(pidfd);
    assert_int_equal(access("/proc/self", F_OK), 0); /* ours is as it was */
}

static int namespace_make(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("not root: mounts cannot be tested\n");
        return 0;
    }
    if (process_unshare(CLONE_NEWNS) < 0 || mount_make_private() < 0 || !mkdtemp(top))
        return -1;
    int fd = tmpfs_make("0755", 0);
    top_fd = fd < 0 ? fd : open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top_fd < 0 || mount_attach(fd, top_fd) < 0)
        return -1;
    close(fd);
    close(top_fd);
    top_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    can = top_fd >= 0;
    return can ? 0 : -1;
}

static int namespace_end(void **state)
{
    (void)state;
    if (can && (close(top_fd) < 0 || mount_detach(top) < 0 || rmdir(top) < 0))
        return -1;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_detached_then_attached), cmocka_unit_test(the_kernel_says_why),
        cmocka_unit_test(clones_change_alone),         cmocka_unit_test(ids_are_mapped),
        cmocka_unit_test(the_root_is_left_behind),
    };
    return cmocka_run_group_tests(tests, namespace_make, namespace_end);
}
