/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine_rootfs.h"

#include "kernel/overlay.h"
#include "kernel/tree.h"
#include "runtime/engine_rootfs_work.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_MAX_BYTES 200 /* fsconfig(2) takes 255 at most */

/* Where the layers stand in the workspace, in the order of `paths`. */
struct layer_places {
    struct strings lower, data;
    char *upper, *work; /* NULL: no writable layer */
};

static void layer_places_free(struct layer_places *p)
{
    strings_free(&p->lower);
    strings_free(&p->data);
    free(p->upper);
    free(p->work);
}

struct assembly {
    const struct engine_rootfs *rootfs;
    const struct engine_rootfs_place *place;
    struct layer_places names;
    struct failure *failure;
};

static int clone_idmapped(const struct assembly *a, int dirfd, const char *path, bool recursive)
{
    autoclose int fd = mount_clone(dirfd, path, recursive);
    if (fd < 0)
        return fail(a->failure, fd, "cloning the mount of %s", path[0] ? path : "the bundle's root");
    struct mount_change change = {
        .set = MOUNT_ATTR_NODEV | (a->place->nosuid ? MOUNT_ATTR_NOSUID : 0),
        .propagation = MS_PRIVATE,
        .idmap_userns_fd = a->place->userns_fd,
    };
    int r = mount_change(fd, &change, recursive);
    if (r == -EINVAL)
        return refuse(a->failure, r,
                      "the file system of %s cannot be idmapped (ext4, xfs, btrfs can, tmpfs from Linux 6.3; "
                      "NFS, FUSE and overlay cannot): move the engine's data there",
                      path[0] ? path : "the bundle's root");
    return r < 0 ? fail(a->failure, r, "idmapping %s", path[0] ? path : "the bundle's root") : TAKE_FD(fd);
}

/* Attaches an idmapped clone of a folder as NAME in the workspace. */
static int attach_clone(const struct assembly *a, const char *path, const char *name)
{
    autoclose int fd = clone_idmapped(a, AT_FDCWD, path, false);
    if (fd < 0)
        return fd;
    if (mkdirat(a->place->folder_fd, name, 0700) < 0)
        return fail(a->failure, -errno, "making a place for a layer");
    int r = mount_attach_at(fd, a->place->folder_fd, name);
    return r < 0 ? fail(a->failure, r, "attaching a layer") : 0;
}

/* The length of the folder part of `path`: "/a/b" -> 2. */
static size_t parent_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

/* Shortens *length to what `first` has in common with the folder that holds `path`. */
static void common_shorten(const char *first, size_t *length, const char *path)
{
    size_t n = 0, end = 0, parent = parent_length(path);
    for (; n < *length && n < parent && first[n] == path[n]; n++)
        if (first[n] == '/')
            end = n;
    bool whole = (n == *length || first[n] == '/') && (n == parent || path[n] == '/');
    *length = whole ? n : end;
}

/* The folder that holds every layer, as a length of the first one's path; 0: none but "/". */
static size_t common_folder(const struct overlay_options *o)
{
    const char *first = o->lower.items[0];
    size_t length = parent_length(first);
    for (size_t i = 1; i < o->lower.count; i++)
        common_shorten(first, &length, o->lower.items[i]);
    for (size_t i = 0; i < o->data.count; i++)
        common_shorten(first, &length, o->data.items[i]);
    if (o->upper)
        common_shorten(first, &length, o->upper);
    return length;
}

/* The same folder seen through the clone: a mount in between would hide it. */
static bool same_folder(int folder_fd, const char *name, const char *path)
{
    struct stat ours, theirs;
    return strlen(name) < NAME_MAX_BYTES && fstatat(folder_fd, name, &ours, AT_SYMLINK_NOFOLLOW) == 0 &&
           stat(path, &theirs) == 0 && ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

static int names_add(const struct assembly *a, size_t cut, const struct strings *paths, struct strings *names)
{
    for (size_t i = 0; i < paths->count; i++) {
        int r = strings_addf(names, "all%s", paths->items[i] + cut);
        if (r < 0)
            return fail(a->failure, r, "naming the layers");
        if (!same_folder(a->place->folder_fd, names->items[names->count - 1], paths->items[i]))
            return -EXDEV;
    }
    return 0;
}

/* Names for the writable layer when its folder stands as `prefix` in the workspace. */
static int names_set_upper(struct assembly *a, const char *prefix, const char *rest)
{
    if (asprintf(&a->names.upper, "%s%s", prefix, rest) < 0)
        a->names.upper = NULL;
    if (a->names.upper)
        a->names.work = engine_rootfs_work_path(a->names.upper);
    if (!a->names.work)
        return fail(a->failure, -ENOMEM, "naming the writable layer");
    return same_folder(a->place->folder_fd, a->names.upper, a->rootfs->options.upper) ? 0 : -EXDEV;
}

/* One clone for all: engines keep their layers in one folder. 1: not this one. */
static int attach_together(struct assembly *a)
{
    const struct overlay_options *o = &a->rootfs->options;
    size_t cut = common_folder(o);
    if (cut == 0)
        return 1;
    autofree char *folder = strndup(o->lower.items[0], cut);
    if (!folder)
        return fail(a->failure, -ENOMEM, "naming the layers");
    int r = attach_clone(a, folder, "all");
    if (r == 0)
        r = names_add(a, cut, &o->lower, &a->names.lower);
    if (r == 0)
        r = names_add(a, cut, &o->data, &a->names.data);
    if (r == 0 && o->upper)
        r = names_set_upper(a, "all", o->upper + cut);
    if (r != -EXDEV)
        return r;
    layer_places_free(&a->names);
    a->names = (struct layer_places){0};
    return 1;
}

static int attach_each(const struct assembly *a, const struct strings *paths, const char *prefix,
                       struct strings *names)
{
    for (size_t i = 0; i < paths->count; i++) {
        int r = strings_addf(names, "%s%zu", prefix, i);
        if (r < 0)
            return fail(a->failure, r, "naming the layers");
        r = attach_clone(a, paths->items[i], names->items[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int attach_apart(struct assembly *a)
{
    const struct overlay_options *o = &a->rootfs->options;
    int r = attach_each(a, &o->lower, "l", &a->names.lower);
    if (r == 0)
        r = attach_each(a, &o->data, "d", &a->names.data);
    if (r < 0 || !o->upper)
        return r;
    size_t cut = parent_length(o->upper);
    autofree char *folder = cut > 0 ? strndup(o->upper, cut) : strdup("/");
    if (!folder)
        return fail(a->failure, -ENOMEM, "naming the layers");
    r = attach_clone(a, folder, "upper");
    if (r == 0)
        r = names_set_upper(a, "upper", o->upper + cut);
    if (r == -EXDEV)
        return refuse(a->failure, r,
                      "the upper layer %s is a mount of its own: a work folder needs a place beside it",
                      o->upper);
    return r;
}

/* Opens the folder in the workspace that holds the work folder; *ret_name is its last component, lent. */
static int open_work_parent(const struct assembly *a, const char **ret_name)
{
    size_t cut = parent_length(a->names.work);
    autofree char *folder = strndup(a->names.work, cut);
    if (!folder)
        return -ENOMEM;
    *ret_name = a->names.work + cut + 1;
    int fd = openat(a->place->folder_fd, folder, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? -errno : fd;
}

/* Overlay empties its work folder when it mounts: the engine's own, which is in use, must not be that one. */
static int make_work(const struct assembly *a)
{
    const char *name;
    autoclose int parent = open_work_parent(a, &name);
    int r = parent < 0 ? parent : tree_remove(parent, name);
    if (r == 0 && mkdirat(parent, name, 0700) < 0)
        r = -errno;
    return r < 0 ? fail(a->failure, r, "making a work folder beside %s", a->rootfs->options.upper) : 0;
}

#define SETTINGS_MAX 8

static size_t settings_list(const struct overlay_options *o, struct mount_parameter settings[SETTINGS_MAX])
{
    size_t n = 0;
    if (o->redirect_dir)
        settings[n++] = (struct mount_parameter){"redirect_dir", o->redirect_dir};
    if (o->metacopy != OVERLAY_DEFAULT)
        settings[n++] = (struct mount_parameter){"metacopy", o->metacopy == OVERLAY_ON ? "on" : "off"};
    if (o->verity)
        settings[n++] = (struct mount_parameter){"verity", o->verity};
    if (o->upper)
        settings[n++] = (struct mount_parameter){"index", "off"};
    if (o->userxattr)
        settings[n++] = (struct mount_parameter){"userxattr", NULL};
    if (o->upper && o->is_volatile)
        settings[n++] = (struct mount_parameter){"volatile", NULL};
    return n;
}

static int mount_again(const struct assembly *a)
{
    const struct overlay_options *o = &a->rootfs->options;
    struct mount_parameter settings[SETTINGS_MAX];
    struct overlay_layers layers = {
        .lower = &a->names.lower,
        .data = &a->names.data,
        .upper = a->names.upper,
        .work = a->names.work,
        .settings = settings,
        .setting_count = settings_list(o, settings),
    };
    char message[MOUNT_MESSAGE_SIZE] = "";
    uint64_t attributes = MOUNT_ATTR_NODEV | (a->place->nosuid ? MOUNT_ATTR_NOSUID : 0);
    if (mkdirat(a->place->folder_fd, "merged", 0700) < 0)
        return fail(a->failure, -errno, "making a place for the root");
    int fd = overlay_mount(&layers, attributes, "merged", message);
    if (fd == -EROFS)
        return refuse(a->failure, fd, "the kernel mounted the overlay read-only: see dmesg for the reason");
    if (fd < 0)
        return fail(a->failure, fd, "mounting the bundle's overlay of %zu layers again%s%s", o->lower.count,
                    message[0] ? ": " : "", message);
    return fd;
}

static int assemble(struct assembly *a)
{
    int r = attach_together(a);
    if (r == 1)
        r = attach_apart(a);
    if (r == 0 && a->names.upper)
        r = make_work(a);
    return r < 0 ? r : mount_again(a);
}

int engine_rootfs_mount(const struct engine_rootfs *rootfs, const struct engine_rootfs_place *place,
                        int *ret_mount_fd, struct failure *failure)
{
    struct assembly a = {.rootfs = rootfs, .place = place, .failure = failure};
    if (!rootfs->is_overlay) {
        int fd = clone_idmapped(&a, rootfs->root_fd, "", true);
        if (fd >= 0)
            *ret_mount_fd = fd;
        return fd < 0 ? fd : 0;
    }
    autoclose int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (here < 0 || fchdir(place->folder_fd) < 0)
        return fail(failure, -errno, "going to the place of the layers");
    int fd = assemble(&a);
    layer_places_free(&a.names);
    if (fchdir(here) < 0 && fd >= 0) {
        (void)close(fd);
        return fail(failure, -errno, "going back from the place of the layers");
    }
    if (fd >= 0)
        *ret_mount_fd = fd;
    return fd < 0 ? fd : 0;
}
