/* SPDX-License-Identifier: Apache-2.0 */
/* Hand-made overlays as engines mount them, in a private mount namespace of the test's own; root only. */
#include "runtime/engine_rootfs.h"

#include "base/text.h"
#include "kernel/credentials.h"
#include "kernel/mount.h"
#include "kernel/path.h"
#include "kernel/process.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#define H 1879507968u

static bool can;
static int proc_fd = -EBADF, top_fd = -EBADF, userns_fd = -EBADF;

static void become(uid_t id)
{
    assert_int_equal(credentials_set_group(id), 0);
    assert_int_equal(credentials_set_user(id), 0);
}

/* A fresh tmpfs as the working directory, with the workspace's folder in it. */
static int setup(void **state)
{
    const struct mount_request request = {.type = "tmpfs", .pidns_fd = -EBADF};
    char path[] = "/tmp/unroot-rootfs.XXXXXX";
    if (!can)
        return 0;
    assert_non_null(mkdtemp(path));
    autoclose int fd = mount_make(&request, NULL);
    assert_true(fd >= 0);
    assert_int_equal(mount_attach_at(fd, AT_FDCWD, path), 0);
    top_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(top_fd >= 0 && fchdir(top_fd) == 0);
    *state = strdup(path);
    return mkdir("place", 0755);
}

static int teardown(void **state)
{
    if (!can)
        return 0;
    assert_int_equal(chdir("/"), 0);
    close(TAKE_FD(top_fd));
    assert_int_equal(umount2(*state, MNT_DETACH), 0);
    assert_int_equal(rmdir(*state), 0);
    free(*state);
    return 0;
}

static void file_write(const char *path, const char *content)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void file_is(int dirfd, const char *path, const char *content)
{
    char data[64] = "";
    autoclose int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
    if (!content) {
        assert_int_equal(fd, -1);
        return;
    }
    if (fd < 0)
        fail_msg("%s: %s", path, strerror(errno));
    assert_true(read(fd, data, sizeof(data) - 1) >= 0);
    assert_string_equal(data, content);
}

static void owner_is(int dirfd, const char *path, uid_t uid)
{
    struct stat status;
    assert_int_equal(fstatat(dirfd, path, &status, AT_SYMLINK_NOFOLLOW), 0);
    assert_int_equal(status.st_uid, uid);
    assert_int_equal(status.st_gid, uid);
}

static void make_dirs(const char *const *names)
{
    for (; *names; names++)
        assert_int_equal(mkdir(*names, 0755), 0);
}

/* Two lower layers, an upper and a work folder below `base`. */
static void make_layers(void)
{
    static const char *const names[] = {"s",   "s/1",    "s/1/fs",   "s/1/fs/etc", "s/2", "s/2/fs",
                                        "s/3", "s/3/fs", "s/3/work", "m",          NULL};
    make_dirs(names);
    file_write("s/1/fs/etc/passwd", "old");
    file_write("s/1/fs/gone", "x");
    file_write("s/2/fs/five", "5");
    assert_int_equal(chown("s/2/fs/five", 5, 5), 0);
}

static int find(const char *path, struct engine_rootfs *rootfs, struct failure *f)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return engine_rootfs_find(fd, proc_fd, rootfs, f);
}

static int build(const struct engine_rootfs *rootfs, struct failure *f)
{
    int fd = -EBADF;
    autoclose int folder = openat(top_fd, "place", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct engine_rootfs_place place = {.folder_fd = folder, .userns_fd = userns_fd};
    become(H);
    int r = engine_rootfs_mount(rootfs, &place, &fd, f);
    become(0);
    return r < 0 ? r : fd;
}

static int find_and_build(const char *path, struct engine_rootfs *rootfs)
{
    struct failure f = {0};
    if (find(path, rootfs, &f) < 0)
        fail_msg("%s", f.text);
    int fd = build(rootfs, &f);
    if (fd < 0)
        fail_msg("%s", f.text);
    return fd;
}

/* As the container's id `uid`, which is H + uid outside. */
static void in_container(int fd, uid_t uid, const char *path, const char *content)
{
    become(H + uid);
    autoclose int file = openat(fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(file >= 0 && write(file, content, strlen(content)) == (ssize_t)strlen(content));
    become(0);
}

static void check_both_sides(int fd)
{
    struct stat status;
    owner_is(fd, "etc", H);
    owner_is(fd, "five", H + 5);
    file_is(fd, "etc/passwd", "old");
    in_container(fd, 0, "etc/passwd", "new");
    in_container(fd, 7, "seven", "7");
    assert_int_equal(unlinkat(fd, "gone", 0), 0);
    /* On disk it is what the engine would have written itself. */
    owner_is(top_fd, "s/3/fs/etc/passwd", 0);
    owner_is(top_fd, "s/3/fs/seven", 7);
    file_is(top_fd, "s/3/fs/etc/passwd", "new");
    assert_int_equal(fstatat(top_fd, "s/3/fs/gone", &status, 0), 0);
    assert_true(S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0) && status.st_uid == 0);
    file_is(top_fd, "s/1/fs/etc/passwd", "old");
}

static void merged_and_shared(void **state)
{
    struct engine_rootfs rootfs;
    struct failure f = {0};
    autofree char *options = NULL;
    if (!can)
        skip();
    make_layers();
    assert_true(
        asprintf(&options,
                 "lowerdir=%1$s/s/2/fs:%1$s/s/1/fs,upperdir=%1$s/s/3/fs,workdir=%1$s/s/3/work,index=off",
                 (char *)*state) > 0);
    assert_int_equal(mount("overlay", "m", "overlay", 0, options), 0);
    file_is(top_fd, "m/etc/passwd", "old");
    file_is(top_fd, "m/none", NULL);
    int fd = find_and_build("m", &rootfs);
    check_both_sides(fd);
    in_container(fd, 0, "none", "now");
    file_is(top_fd, "m/etc/passwd", "old"); /* what the engine's mount knew, it still believes */
    file_is(top_fd, "m/none", NULL);
    assert_int_equal(engine_rootfs_refresh(rootfs.root_fd), 0);
    file_is(top_fd, "m/etc/passwd", "new");
    file_is(top_fd, "m/none", "now");
    file_is(top_fd, "m/gone", NULL);
    owner_is(top_fd, "m/seven", 7);
    assert_int_equal(access("s/3/fs.unroot-work", F_OK), 0);
    close(fd);
    assert_int_equal(umount2("place/all", MNT_DETACH), 0);
    assert_int_equal(engine_rootfs_forget(&rootfs, &f), 0);
    assert_int_equal(access("s/3/fs.unroot-work", F_OK), -1);
    assert_int_equal(engine_rootfs_forget(&rootfs, &f), 0);
    engine_rootfs_close(&rootfs);
}

/* What the engine puts into a folder that the container has pinned must not make it useless. */
static void held_folders(void **state)
{
    static const char *const names[] = {"s",   "s/1",    "s/1/fs",   "s/1/fs/a", "s/1/fs/a/b", "s/1/fs/c",
                                        "s/3", "s/3/fs", "s/3/work", "m",        NULL};
    struct engine_rootfs rootfs;
    struct failure f = {0};
    struct stat before, after;
    if (!can)
        skip();
    make_dirs(names);
    assert_int_equal(mount("overlay", "m", "overlay", 0, "lowerdir=s/1/fs,upperdir=s/3/fs,workdir=s/3/work"),
                     0);
    int fd = find_and_build("m", &rootfs);
    assert_int_equal(fstatat(fd, "a/b", &before, 0), 0);
    become(H);
    assert_int_equal(engine_rootfs_hold(&rootfs, fd, "/a/b/none/x", &f), 0);
    assert_int_equal(engine_rootfs_hold(&rootfs, fd, "/", &f), 0);
    become(0);
    assert_int_equal(access("s/3/fs/a/b", F_OK), 0);
    assert_int_equal(access("s/3/fs/c", F_OK), -1);
    autoclose int held = openat(fd, "a/b", O_PATH | O_DIRECTORY | O_CLOEXEC);
    autoclose int pinned = openat(fd, "c", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(fstat(held, &after), 0);
    assert_true(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec && before.st_mode == after.st_mode);
    file_write("m/a/b/from-engine", "1");
    file_write("m/c/from-engine", "1");
    file_is(held, "from-engine", "1");
    become(H);
    assert_int_equal(mkdirat(held, "mine", 0755), 0);
    file_is(pinned, "from-engine", NULL);
    assert_int_equal(mkdirat(pinned, "mine", 0755), -1); /* why there is hold */
    assert_int_equal(errno, ENOTEMPTY);
    become(0);
    close(fd);
    engine_rootfs_close(&rootfs);
}

/* Names relative to a folder that is not said, with everything that needs quoting in them. */
static void relative_names(void **state)
{
    static const char *const names[] = {
        "a:b",     "a:b/l,=",      "a:b/9 9", "a:b/9 9/merged", "a:b/9 9/diff", "a:b/9 9/work",
        "a:b/\\x", "a:b/\\x/diff", NULL};
    struct engine_rootfs rootfs;
    if (!can)
        skip();
    make_dirs(names);
    file_write("a:b/\\x/diff/f", "f");
    assert_int_equal(symlink("../\\x/diff", "a:b/l,=/AB"), 0);
    assert_int_equal(chdir("a:b"), 0);
    assert_int_equal(
        mount("overlay", "9 9/merged", "overlay", 0, "lowerdir=l\\,=/AB,upperdir=9 9/diff,workdir=9 9/work"),
        0);
    assert_int_equal(fchdir(top_fd), 0);
    int fd = find_and_build("a:b/9 9/merged", &rootfs);
    assert_non_null(strstr(rootfs.options.lower.items[0], "/a:b/\\x/diff"));
    owner_is(fd, "f", H);
    in_container(fd, 3, "g", "g");
    owner_is(top_fd, "a:b/9 9/diff/g", 3);
    close(fd);
    engine_rootfs_close(&rootfs);
}

/* As containerd does it: the long list is relative, the upper layer is not. */
static void half_relative_names(void **state)
{
    struct engine_rootfs rootfs;
    autotext struct text options = {0};
    if (!can)
        skip();
    make_layers();
    for (int i = 10; i < 90; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "s/%d", i);
        assert_int_equal(mkdir(name, 0755), 0);
        text_printf(&options, "%s%d", i == 10 ? "lowerdir=" : ":", i);
    }
    text_printf(&options, ":2/fs:1/fs,upperdir=%1$s/s/3/fs,workdir=%1$s/s/3/work,volatile", (char *)*state);
    assert_int_equal(chdir("s"), 0);
    assert_int_equal(mount("overlay", "../m", "overlay", 0, text_peek(&options)), 0);
    assert_int_equal(fchdir(top_fd), 0);
    int fd = find_and_build("m", &rootfs);
    assert_int_equal(rootfs.options.lower.count, 82);
    assert_true(rootfs.options.is_volatile);
    check_both_sides(fd);
    close(fd);
    engine_rootfs_close(&rootfs);
}

/* Layers on file systems of their own cannot share one clone. */
static void layers_apart(void **state)
{
    static const char *const names[] = {"s", "s/1", "s/2", "s/3", "s/3/fs", "s/3/work", "m", NULL};
    const struct mount_request request = {.type = "tmpfs", .pidns_fd = -EBADF};
    struct engine_rootfs rootfs;
    if (!can)
        skip();
    make_dirs(names);
    autoclose int other = mount_make(&request, NULL);
    assert_true(other >= 0 && mount_attach_at(other, top_fd, "s/1") == 0);
    file_write("s/1/f", "f");
    assert_int_equal(mount("overlay", "m", "overlay", 0, "lowerdir=s/2:s/1,upperdir=s/3/fs,workdir=s/3/work"),
                     0);
    int fd = find_and_build("m", &rootfs);
    owner_is(fd, "f", H);
    in_container(fd, 2, "f", "mine");
    owner_is(top_fd, "s/3/fs/f", 0);
    close(fd);
    engine_rootfs_close(&rootfs);
}

static void without_writable_layer(void **state)
{
    struct engine_rootfs rootfs;
    struct statvfs status;
    if (!can)
        skip();
    make_layers();
    assert_int_equal(mount("overlay", "m", "overlay", 0, "lowerdir=s/2/fs:s/1/fs,userxattr"), 0);
    int fd = find_and_build("m", &rootfs);
    owner_is(fd, "five", H + 5);
    assert_int_equal(fstatvfs(fd, &status), 0);
    assert_true(status.f_flag & ST_RDONLY);
    close(fd);
    engine_rootfs_close(&rootfs);
}

static void plain_folder(void **state)
{
    struct engine_rootfs rootfs;
    if (!can)
        skip();
    make_layers();
    int fd = find_and_build("s/2/fs", &rootfs);
    assert_false(rootfs.is_overlay);
    owner_is(fd, "five", H + 5);
    in_container(fd, 9, "nine", "9");
    owner_is(top_fd, "s/2/fs/nine", 9);
    close(fd);
    engine_rootfs_close(&rootfs);
}

static void refuses(const char *path, const char *reason)
{
    struct engine_rootfs rootfs;
    struct failure f = {0};
    assert_true(find(path, &rootfs, &f) < 0);
    if (!strstr(f.text, reason))
        fail_msg("%s", f.text);
    assert_false(rootfs.is_overlay);
    engine_rootfs_close(&rootfs);
}

static void refused(void **state)
{
    if (!can)
        skip();
    make_layers();
    assert_int_equal(
        mount("overlay", "m", "overlay", 0, "lowerdir=s/1/fs,upperdir=s/3/fs,workdir=s/3/work,index=on"), 0);
    refuses("m", "index=on");
    refuses("m/etc", "a folder inside an overlay");
    assert_int_equal(umount2("m", 0), 0);
    assert_int_equal(mount("overlay", "m", "overlay", 0, "lowerdir=s/1/fs,upperdir=s/3/fs,workdir=s/3/work"),
                     0);
    assert_int_equal(rename("s/3", "s/4"), 0); /* somebody else's folders stand at the old names */
    static const char *const names[] = {"s/3", "s/3/fs", "s/3/work", NULL};
    make_dirs(names);
    refuses("m", "looking for the layers");
    assert_int_equal(rename("s/1", "s/5"), 0);
    refuses("m", "looking for the layers");
    assert_int_equal(mount("m/etc", "place", NULL, MS_BIND, NULL), 0);
    refuses("place", "a folder of an overlay");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(merged_and_shared),   TEST(held_folders), TEST(relative_names),
        TEST(half_relative_names), TEST(layers_apart), TEST(without_writable_layer),
        TEST(plain_folder),        TEST(refused),
    };
    proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    can = geteuid() == 0 && proc_fd >= 0 && process_unshare(CLONE_NEWNS) == 0 && mount_make_private() == 0 &&
          credentials_keep_capabilities() == 0;
    if (can)
        userns_fd = userns_make(proc_fd, "0 1879507968 65536\n", "0 1879507968 65536\n");
    can = can && userns_fd >= 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
