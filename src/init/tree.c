/* SPDX-License-Identifier: Apache-2.0 */
#include "init/tree.h"

#include "init/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#define CHUNK_MAX 3000 /* below PATH_MAX, so that a name of any length can follow */

/* The C libraries of today have it in different headers or not at all. */
static int read_mount(int fd, struct statx *ret_statx)
{
    return syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, ret_statx) < 0 ? -errno
                                                                                                      : 0;
}

static int open_beneath(int top, const char *path, int flags)
{
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC | O_NOFOLLOW),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    int fd = (int)syscall(SYS_openat2, top, path, &how, sizeof(how));
    if (fd >= 0)
        return fd;
    return errno == ENOSYS || errno == EPERM ? tree_open_stepwise(top, path, flags) : -errno;
}

int tree_open(int top, const char *path, int flags)
{
    char chunk[PATH_MAX];
    autoclose int folder = -EBADF;
    while (strlen(path) > CHUNK_MAX) {
        size_t length = CHUNK_MAX;
        while (length > 0 && path[length] != '/')
            length--;
        if (length == 0)
            return -ENAMETOOLONG;
        (void)span_copy((struct span){path, length}, chunk, sizeof(chunk)); /* below CHUNK_MAX: it fits */
        int next = open_beneath(folder >= 0 ? folder : top, chunk, O_PATH | O_DIRECTORY);
        if (next < 0)
            return next;
        close_fd_(&folder);
        folder = next;
        path += length + 1;
    }
    return open_beneath(folder >= 0 ? folder : top, path[0] ? path : ".", flags);
}

/* -EXDEV when the two are on different mounts. */
static int compare_mounts(int a, int b)
{
    struct statx x, y;
    int r = read_mount(a, &x);
    if (r == 0)
        r = read_mount(b, &y);
    if (r < 0)
        return r;
    bool same = x.stx_dev_major == y.stx_dev_major && x.stx_dev_minor == y.stx_dev_minor;
    if (x.stx_mask & y.stx_mask & STATX_MNT_ID)
        same = same && x.stx_mnt_id == y.stx_mnt_id;
    return same ? 0 : -EXDEV;
}

int tree_open_stepwise(int top, const char *path, int flags)
{
    char name[NAME_MAX + 1];
    autoclose int folder = -EBADF;
    for (struct span rest = span_of(path); rest.data;) {
        struct span component = span_cut(&rest, '/');
        if (span_is(component, "..") || !span_copy(component, name, sizeof(name)))
            return span_is(component, "..") ? -EXDEV : -ENAMETOOLONG;
        int how = (rest.data ? O_PATH | O_DIRECTORY : flags) | O_CLOEXEC | O_NOFOLLOW;
        autoclose int next = openat(folder >= 0 ? folder : top, name[0] ? name : ".", how);
        if (next < 0)
            return -errno;
        int r = compare_mounts(folder >= 0 ? folder : top, next);
        if (r < 0)
            return r;
        close_fd_(&folder);
        folder = next;
        next = -EBADF;
    }
    int result = folder;
    folder = -EBADF;
    return result;
}

int tree_open_top(const char *path)
{
    struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
        .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
    if (fd >= 0)
        return fd;
    if (errno != ENOSYS && errno != EPERM)
        return -errno;
    /* FALLBACK(linux < 5.6): a path without links is its own canonical form. */
    autofree char *real = realpath(path, NULL);
    if (!real)
        return -errno;
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (!span_equal(span_of(real), (struct span){path, length}))
        return -ELOOP;
    fd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int tree_open_entry(int folder, const char *name)
{
    /* Fewer checks than open_beneath(), for speed: a single name cannot lead out of the folder. */
    struct open_how how = {.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW, .resolve = RESOLVE_NO_XDEV};
    int fd = (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
    if (fd >= 0)
        return fd;
    return errno == ENOSYS || errno == EPERM ? tree_open_stepwise(folder, name, O_PATH) : -errno;
}

static bool list_has(struct span list, const char *word)
{
    for (struct span rest = list; rest.data;)
        if (span_is(span_cut(&rest, ','), word))
            return true;
    return false;
}

/* proc_pid_mountinfo(5): "36 35 98:0 /mnt1 /mnt2 rw,noatime,idmapped ..." */
static bool mount_is_idmapped(uint64_t mount_id)
{
    struct span text;
    autoclose int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fd_read_all(fd, 16u << 20, &text) < 0)
        return false;
    autofree char *data = (char *)text.data;
    (void)data;
    for (struct span rest = text; rest.data;) {
        struct span line = span_cut(&rest, '\n'), id = span_cut(&line, ' '), options = {NULL, 0};
        uint64_t number;
        for (int i = 0; i < 5; i++)
            options = span_cut(&line, ' ');
        if (span_number(id, UINT64_MAX, &number) == 0 && number == mount_id)
            return list_has(options, "idmapped");
    }
    return false;
}

int tree_mount_kind(int fd)
{
    struct statvfs fs;
    struct statx stx;
    if (fstatvfs(fd, &fs) < 0)
        return -errno;
    if (fs.f_flag & ST_RDONLY)
        return MOUNT_READ_ONLY;
    int r = read_mount(fd, &stx);
    if (r < 0)
        return r;
    return (stx.stx_mask & STATX_MNT_ID) && mount_is_idmapped(stx.stx_mnt_id) ? MOUNT_IDMAPPED
                                                                              : MOUNT_ORDINARY;
}
