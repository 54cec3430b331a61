/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/workspace.h"

#include "kernel/mount.h"
#include "kernel/overlay.h"
#include "kernel/path.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

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
    if (w->map_fd >= 0)
        (void)close(TAKE_FD(w->map_fd));
    free(TAKE_PTR(w->map_text));
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
        return refuse(failure, r,
                      "the file system of the storage folder cannot be idmapped (ext4, xfs, btrfs can, tmpfs "
                      "from Linux 6.3; NFS, FUSE and overlay cannot): choose another place with --root");
    if (r < 0)
        return fail(failure, r, "idmapping the storage");
    r = mount_attach_at(tree, w->top_fd, "storage");
    return r < 0 ? fail(failure, r, "attaching the storage") : 0;
}

#define IMAGE_LAYER_LIMIT OVERLAY_LAYERS_MAX

static int rootfs_open(struct workspace *w, struct failure *failure)
{
    w->root_fd = openat(w->top_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (w->root_fd < 0)
        return fail(failure, -errno, "opening the root");
    return 0;
}

/* The names of the layers below storage/, as short as they get: a kernel may count them. */
static int rootfs_names(const struct rootfs_plan *rootfs, struct strings *lower, struct strings *writable)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < rootfs->layers.count; i++)
        r = strings_addf(lower, "storage/%s", rootfs->layers.items[i]);
    if (r == 0 && rootfs->upper)
        r = strings_addf(writable, "storage/%s", rootfs->upper);
    if (r == 0 && rootfs->upper)
        r = strings_addf(writable, "storage/%s", rootfs->work);
    return r;
}

static int rootfs_mount(struct workspace *w, const struct rootfs_plan *rootfs, struct failure *failure)
{
    const char *refers = rootfs->self_contained ? "off" : "on";
    const struct mount_parameter settings[] = {
        {"redirect_dir", refers}, {"metacopy", refers}, {"volatile", NULL}};
    autostrings struct strings lower = {0}, writable = {0};
    int r = rootfs_names(rootfs, &lower, &writable);
    if (r < 0)
        return fail(failure, r, "naming the layers");
    struct overlay_layers layers = {.lower = &lower};
    if (rootfs->upper) {
        layers.upper = writable.items[0];
        layers.work = writable.items[1];
        layers.settings = settings;
        layers.setting_count = ARRAY_SIZE(settings) - (rootfs->is_volatile ? 0 : 1);
    }
    char message[MOUNT_MESSAGE_SIZE] = "";
    uint64_t attributes = MOUNT_ATTR_NODEV | (rootfs->nosuid ? MOUNT_ATTR_NOSUID : 0);
    autoclose int fd = overlay_mount(&layers, attributes, "root", message);
    if (fd == -EROFS)
        return refuse(failure, fd, "the kernel mounted the overlay read-only: see dmesg for the reason");
    if (fd < 0)
        return fail(failure, fd, "mounting an overlay of %zu layers%s%s", rootfs->layers.count,
                    message[0] ? ": " : "", message);
    r = mount_attach_at(fd, w->top_fd, "root");
    return r < 0 ? fail(failure, r, "attaching the root file system") : 0;
}

int workspace_mount_rootfs(struct workspace *w, const struct rootfs_plan *rootfs, struct failure *failure)
{
    if (rootfs->layers.count == 0 || rootfs->layers.count > IMAGE_LAYER_LIMIT)
        return refuse(failure, -EINVAL, "an image of %zu layers: 1 to %d can be mounted",
                      rootfs->layers.count, IMAGE_LAYER_LIMIT);
    int r = rootfs_mount(w, rootfs, failure);
    if (r < 0)
        return r;
    return rootfs_open(w, failure);
}

int workspace_seal_rootfs(struct workspace *w, struct failure *failure)
{
    struct mount_change change = {.set = MOUNT_ATTR_RDONLY, .idmap_userns_fd = -EBADF};
    int r = mount_change(w->root_fd, &change, false);
    return r < 0 ? fail(failure, r, "making the root read-only") : 0;
}
