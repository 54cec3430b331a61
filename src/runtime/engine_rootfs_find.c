/* SPDX-License-Identifier: Apache-2.0 */
/* Which layers a bundle's merged root consists of, from the mount table of the caller's mount namespace. */
#include "runtime/engine_rootfs.h"

#include "kernel/file.h"
#include "kernel/overlay.h"

#include "formats/mount_info.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define MOUNT_TABLE_MAX (64u << 20)

static int find_mount(const struct engine_rootfs *rootfs, int proc_fd, struct mount_info *ret_info,
                      struct failure *failure)
{
    struct statx status;
    if (statx(rootfs->root_fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0)
        return fail(failure, -errno, "looking at the bundle's root");
    if (!(status.stx_mask & STATX_MNT_ID))
        return refuse(failure, -EINVAL, "the kernel does not say which mount the bundle's root is");
    if (!(status.stx_attributes & STATX_ATTR_MOUNT_ROOT))
        return refuse(failure, -EINVAL,
                      "the bundle's root is a folder inside an overlay: neither can be idmapped, nor are its "
                      "layers its own; put the bundle on another file system");
    autofree char *text = NULL;
    int r = file_read_all(proc_fd, "self/mountinfo", MOUNT_TABLE_MAX, &text, NULL);
    if (r == 0)
        r = mount_info_find(text, status.stx_mnt_id, ret_info);
    return r < 0 ? fail(failure, r, "looking for the bundle's root in the mount table") : 0;
}

/* The real path of a folder that a mount option names, opened below base (AT_FDCWD for absolute names). */
static int layer_resolve(int base_fd, const char *name, char ret_path[PATH_MAX])
{
    char link[64];
    autoclose int fd = openat(base_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, ret_path, PATH_MAX);
    if (n < 0)
        return -errno;
    if (n >= PATH_MAX)
        return -ENAMETOOLONG;
    ret_path[n] = '\0';
    struct stat by_fd, by_path;
    if (fstat(fd, &by_fd) < 0 || stat(ret_path, &by_path) < 0)
        return -errno;
    return by_fd.st_dev == by_path.st_dev && by_fd.st_ino == by_path.st_ino ? 0 : -ESTALE;
}

static int list_resolve(int base_fd, const struct strings *names, struct strings *ret_paths)
{
    char path[PATH_MAX];
    for (size_t i = 0; i < names->count; i++) {
        int r = layer_resolve(base_fd, names->items[i], path);
        if (r == 0)
            r = strings_add(ret_paths, path);
        if (r < 0)
            return r;
    }
    return 0;
}

static int name_resolve(int base_fd, const char *name, char **ret_path)
{
    char path[PATH_MAX];
    if (!name)
        return 0;
    int r = layer_resolve(base_fd, name, path);
    if (r < 0)
        return r;
    *ret_path = strdup(path);
    return *ret_path ? 0 : -ENOMEM;
}

/* Whether the layers are of one file system; then overlay shows the inode numbers that they have. */
static bool layers_are_together(const struct overlay_options *o)
{
    struct stat first, other;
    if (stat(o->lower.items[0], &first) < 0 ||
        (o->upper && (stat(o->upper, &other) < 0 || other.st_dev != first.st_dev)))
        return false;
    for (size_t i = 1; i < o->lower.count; i++)
        if (stat(o->lower.items[i], &other) < 0 || other.st_dev != first.st_dev)
            return false;
    return true;
}

/* Overlay shows of a merged folder what the topmost one is. */
static int layers_are_mounted(int root_fd, const struct overlay_options *o)
{
    struct stat merged, top;
    if (fstat(root_fd, &merged) < 0 || stat(o->upper ? o->upper : o->lower.items[0], &top) < 0)
        return -errno;
    bool same = merged.st_mode == top.st_mode && merged.st_ctim.tv_sec == top.st_ctim.tv_sec &&
                merged.st_ctim.tv_nsec == top.st_ctim.tv_nsec &&
                (merged.st_ino == top.st_ino || !layers_are_together(o));
    return same ? 0 : -ESTALE;
}

/* Replaces the names by the real paths below base; nothing is changed by a failure. */
static int layers_resolve(struct engine_rootfs *rootfs, int base_fd)
{
    autooverlay struct overlay_options found = {0};
    struct overlay_options *named = &rootfs->options;
    int r = list_resolve(base_fd, &named->lower, &found.lower);
    if (r == 0)
        r = list_resolve(base_fd, &named->data, &found.data);
    if (r == 0)
        r = name_resolve(base_fd, named->upper, &found.upper);
    if (r == 0)
        r = name_resolve(base_fd, named->work, &found.work);
    if (r == 0)
        r = layers_are_mounted(rootfs->root_fd, &found);
    if (r < 0)
        return r;
#define EXCHANGE(member)                                                                                     \
    do {                                                                                                     \
        __typeof__(found.member) other = found.member;                                                       \
        found.member = named->member;                                                                        \
        named->member = other;                                                                               \
    } while (0)
    EXCHANGE(lower);
    EXCHANGE(data);
    EXCHANGE(upper);
    EXCHANGE(work);
#undef EXCHANGE
    return 0;
}

static bool list_is_absolute(const struct strings *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (names->items[i][0] != '/')
            return false;
    return true;
}

/* A long list of layers does not fit in a page; then engines name them relative to a folder that also holds
 * the upper one or the place of the mount (docker, podman: l/XXXX and ID/diff; containerd: N/fs). */
static int layers_search(struct engine_rootfs *rootfs, const char *below)
{
    autofree char *path = strdup(below);
    int r = path ? -ENOENT : -ENOMEM;
    for (char *slash; path && r == -ENOENT && (slash = strrchr(path, '/')) != NULL && slash != path;) {
        *slash = '\0';
        autoclose int base = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        r = base < 0 ? -errno : layers_resolve(rootfs, base);
        if (r == -ENOTDIR || r == -ESTALE)
            r = -ENOENT;
    }
    return r;
}

static int find_layers(struct engine_rootfs *rootfs, const struct mount_info *info, struct failure *failure)
{
    const struct overlay_options *o = &rootfs->options;
    int r;
    if (list_is_absolute(&o->lower) && list_is_absolute(&o->data) && (!o->upper || o->upper[0] == '/')) {
        r = layers_resolve(rootfs, AT_FDCWD);
    } else {
        r = o->upper && o->upper[0] == '/' ? layers_search(rootfs, o->upper) : -ENOENT;
        if (r == -ENOENT)
            r = layers_search(rootfs, info->point);
    }
    if (r == -ESTALE)
        return refuse(failure, -EINVAL,
                      "the folders that the overlay on %s names are not the ones that are mounted there",
                      info->point);
    return r < 0 ? fail(failure, r, "looking for the layers of the overlay on %s", info->point) : 0;
}

/* With an index, or exports by NFS, overlay keeps a second record of the upper layer that only one mount may
 * have. */
static int check_sharing(const struct overlay_options *o, struct failure *failure)
{
    char by_default = 'N';
    if (o->index == OVERLAY_DEFAULT && o->upper) {
        autoclose int fd = open("/sys/module/overlay/parameters/index", O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && read(fd, &by_default, 1) < 0)
            return fail(failure, -errno, "reading overlay's parameters");
    }
    if (o->upper && (o->index == OVERLAY_ON || o->nfs_export == OVERLAY_ON || by_default == 'Y'))
        return refuse(
            failure, -EINVAL,
            "the engine mounted its overlay with index=on or nfs_export=on: the kernel does not let "
            "its upper layer be mounted a second time; let it use index=off (the parameter of the "
            "module overlay, or the storage driver's options)");
    return 0;
}

int engine_rootfs_find(int root_fd, int proc_fd, struct engine_rootfs *ret_rootfs, struct failure *failure)
{
    *ret_rootfs = (struct engine_rootfs){.root_fd = root_fd};
    int r = overlay_is(root_fd);
    if (r <= 0)
        return r < 0 ? fail(failure, r, "looking at the bundle's root") : 0;
    automountinfo struct mount_info info = {0};
    r = find_mount(ret_rootfs, proc_fd, &info, failure);
    if (r < 0)
        return r;
    if (!streq(info.root, "/") || info.idmapped)
        return refuse(failure, -EINVAL, "the bundle's root is %s, which cannot be mounted a second time",
                      info.idmapped ? "an idmapped overlay" : "a folder of an overlay");
    r = overlay_options_parse(info.options, &ret_rootfs->options, failure);
    if (r == 0)
        r = check_sharing(&ret_rootfs->options, failure);
    if (r == 0)
        r = find_layers(ret_rootfs, &info, failure);
    ret_rootfs->is_overlay = r == 0;
    return r;
}

void engine_rootfs_close(struct engine_rootfs *rootfs)
{
    if (rootfs->root_fd >= 0)
        (void)close(TAKE_FD(rootfs->root_fd));
    overlay_options_free(&rootfs->options);
}
