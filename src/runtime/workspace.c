/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/workspace.h"

#include "base/text.h"

#include "kernel/mount.h"
#include "kernel/path.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

int workspace_make(struct workspace *w, const char *anchor, struct failure *failure)
{
    static const char *const folders[] = {"storage", "root", "files", "empty.d"};
    struct mount_parameter parameters[] = {{"mode", "0755"}, {"size", "16777216"}};
    struct mount_request request = {
        .type = "tmpfs",
        .parameters = parameters,
        .count = ARRAY_SIZE(parameters),
        .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
        .pidns_fd = -EBADF,
    };
    w->top_fd = mount_make(&request, NULL);
    if (w->top_fd < 0)
        return fail(failure, w->top_fd, "mounting the workspace");
    int r = mount_attach_at(w->top_fd, AT_FDCWD, anchor);
    if (r < 0)
        return fail(failure, r, "attaching the workspace");
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (mkdirat(w->top_fd, folders[i], 0755) < 0)
            return fail(failure, -errno, "making %s in the workspace", folders[i]);
    autoclose int empty = openat(w->top_fd, "empty", O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0444);
    if (empty < 0 || fchdir(w->top_fd) < 0)
        return fail(failure, -errno, "setting up the workspace");
    return 0;
}

void workspace_close(struct workspace *w)
{
    if (w->top_fd >= 0)
        (void)close(TAKE_FD(w->top_fd));
    if (w->root_fd >= 0)
        (void)close(TAKE_FD(w->root_fd));
}

/* The plan's map with the ids as they are on disk. */
static int storage_map_text(const struct id_map *files, char ret_text[ID_MAP_TEXT_MAX + 1])
{
    struct id_map map = {0};
    for (size_t i = 0; i < files->count; i++) {
        struct id_extent extent = files->extents[i];
        extent.inside += STORAGE_BASE;
        int r = id_map_add(&map, extent);
        if (r < 0)
            return r;
    }
    return id_map_to_text(&map, ret_text);
}

int workspace_map_storage(struct workspace *w, int storage_fd, const struct start_plan *plan,
                          struct failure *failure)
{
    char uids[ID_MAP_TEXT_MAX + 1], gids[ID_MAP_TEXT_MAX + 1];
    int r = storage_map_text(&plan->file_uids, uids);
    if (r == 0)
        r = storage_map_text(&plan->file_gids, gids);
    if (r < 0)
        return fail(failure, r, "the id map of the storage");
    autoclose int userns = userns_make(w->proc_fd, uids, gids);
    if (userns < 0)
        return fail(failure, userns, "making the id map of the storage");
    autoclose int tree = mount_clone(storage_fd, "", false);
    if (tree < 0)
        return fail(failure, tree, "cloning the storage");
    struct mount_change change = {
        .set = MOUNT_ATTR_NODEV,
        .propagation = MS_PRIVATE,
        .idmap_userns_fd = userns,
    };
    r = mount_change(tree, &change, false);
    if (r == -EINVAL)
        return refuse(
            failure, r,
            "the file system of the storage folder cannot be idmapped (ext4, xfs, btrfs and tmpfs can; "
            "NFS, FUSE and overlay cannot): choose another place with --root");
    if (r < 0)
        return fail(failure, r, "idmapping the storage");
    r = mount_attach_at(tree, w->top_fd, "storage");
    return r < 0 ? fail(failure, r, "attaching the storage") : 0;
}

#define ROOTFS_PARAMETERS_MAX (IMAGE_LAYER_LIMIT + 8)
#define IMAGE_LAYER_LIMIT 500

static int rootfs_open(struct workspace *w, struct failure *failure)
{
    w->root_fd = openat(w->top_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (w->root_fd < 0)
        return fail(failure, -errno, "opening the root");
    return 0;
}

static int rootfs_parameters(const struct rootfs_plan *rootfs, struct strings *names,
                             struct mount_parameter *parameters, size_t *ret_count)
{
    size_t n = 0;
    for (size_t i = 0; i < rootfs->layers.count; i++) {
        int r = strings_addf(names, "storage/%s", rootfs->layers.items[i]);
        if (r < 0)
            return r;
        parameters[n++] = (struct mount_parameter){"lowerdir+", names->items[names->count - 1]};
    }
    if (rootfs->upper) {
        int r = strings_addf(names, "storage/%s", rootfs->upper);
        if (r == 0)
            r = strings_addf(names, "storage/%s", rootfs->work);
        if (r < 0)
            return r;
        parameters[n++] = (struct mount_parameter){"upperdir", names->items[names->count - 2]};
        parameters[n++] = (struct mount_parameter){"workdir", names->items[names->count - 1]};
        if (rootfs->is_volatile)
            parameters[n++] = (struct mount_parameter){"volatile", NULL};
        parameters[n++] = (struct mount_parameter){"redirect_dir", "on"};
        parameters[n++] = (struct mount_parameter){"metacopy", "on"};
    }
    *ret_count = n;
    return 0;
}

/* FALLBACK(linux < 6.8): no "lowerdir+". mount(2) cuts its options at a page without a word, so the length is
 * ours to check, and the names are as short as they get. */
static int rootfs_mount_old(const struct rootfs_plan *rootfs, unsigned long flags)
{
    autotext struct text options = {0};
    for (size_t i = 0; i < rootfs->layers.count; i++)
        text_printf(&options, "%sstorage/%s", i == 0 ? "lowerdir=" : ":", rootfs->layers.items[i]);
    if (rootfs->upper)
        text_printf(&options, ",upperdir=storage/%s,workdir=storage/%s%s,redirect_dir=on,metacopy=on",
                    rootfs->upper, rootfs->work, rootfs->is_volatile ? ",volatile" : "");
    int r = text_error(&options);
    if (r < 0)
        return r;
    if (options.length >= 4095)
        return -E2BIG;
    return mount("overlay", "root", "overlay", flags, text_peek(&options)) < 0 ? -errno : 0;
}

static int rootfs_mount(struct workspace *w, const struct rootfs_plan *rootfs, struct failure *failure)
{
    autostrings struct strings names = {0};
    struct mount_parameter parameters[ROOTFS_PARAMETERS_MAX];
    struct mount_request request = {
        .type = "overlay",
        .parameters = parameters,
        .attributes = MOUNT_ATTR_NODEV | (rootfs->nosuid ? MOUNT_ATTR_NOSUID : 0),
        .pidns_fd = -EBADF,
    };
    int r = rootfs_parameters(rootfs, &names, parameters, &request.count);
    if (r < 0)
        return fail(failure, r, "naming the layers");
    char message[MOUNT_MESSAGE_SIZE] = "";
    /* An older kernel would refuse too, but with a line in its log at every start. */
    autoclose int fd = kernel_is_before(6, 8) ? -EINVAL : mount_make(&request, message);
    if (fd >= 0) {
        r = mount_attach_at(fd, w->top_fd, "root");
        return r < 0 ? fail(failure, r, "attaching the root file system") : 0;
    }
    r = fd;
    if (r == -EINVAL)
        r = rootfs_mount_old(rootfs, MS_NODEV | (rootfs->nosuid ? MS_NOSUID : 0));
    if (r < 0)
        return fail(failure, r, "mounting an overlay of %zu layers%s%s", rootfs->layers.count,
                    message[0] ? ": " : "", message);
    return 0;
}

int workspace_mount_rootfs(struct workspace *w, const struct rootfs_plan *rootfs, struct failure *failure)
{
    if (rootfs->layers.count == 0 || rootfs->layers.count > IMAGE_LAYER_LIMIT)
        return refuse(failure, -EINVAL, "an image of %zu layers: 1 to %d can be mounted",
                      rootfs->layers.count, IMAGE_LAYER_LIMIT);
    int r = rootfs_mount(w, rootfs, failure);
    if (r < 0)
        return r;
    r = rootfs_open(w, failure);
    if (r < 0)
        return r;
    struct statvfs status;
    if (fstatvfs(w->root_fd, &status) < 0)
        return fail(failure, -errno, "looking at the root file system");
    /* Overlay turns read-only without an error when it cannot write its work folder. */
    if (rootfs->upper && status.f_flag & ST_RDONLY)
        return refuse(failure, -EROFS, "the kernel mounted the overlay read-only: see dmesg for the reason");
    return 0;
}

int workspace_seal_rootfs(struct workspace *w, struct failure *failure)
{
    struct mount_change change = {.set = MOUNT_ATTR_RDONLY, .idmap_userns_fd = -EBADF};
    int r = mount_change(w->root_fd, &change, false);
    return r < 0 ? fail(failure, r, "making the root read-only") : 0;
}
