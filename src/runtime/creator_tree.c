/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/creator_tree.h"

#include "kernel/folder_copy.h"
#include "kernel/mount.h"
#include "kernel/path.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int creator_find_root(struct creator *c)
{
    struct failure *failure = c->base.failure;
    const char *path = c->request->plan->root;
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail(failure, -errno, "opening the root file system %s", path);
    if (c->request->plan->root_idmapped)
        return engine_rootfs_find(fd, c->base.workspace.proc_fd, &c->rootfs, failure);
    c->rootfs.root_fd = fd;
    return 0;
}

static int creator_map_root(struct creator *c)
{
    const struct oci_plan *plan = c->request->plan;
    struct supervisor *s = &c->base;
    int userns = workspace_open_map(&s->workspace, &plan->root_uids, &plan->root_gids, s->failure);
    if (userns < 0)
        return userns;
    autoclose int folder = openat(s->workspace.top_fd, "storage", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return fail(s->failure, -errno, "opening the place of the layers");
    const struct engine_rootfs_place place = {.folder_fd = folder, .userns_fd = userns};
    int fd = -EBADF;
    int r = engine_rootfs_mount(&c->rootfs, &place, &fd, s->failure);
    return r < 0 ? r : fd;
}

int creator_attach_root(struct creator *c)
{
    const struct oci_plan *plan = c->request->plan;
    struct supervisor *s = &c->base;
    autoclose int mount =
        plan->root_idmapped ? creator_map_root(c) : mount_clone(c->rootfs.root_fd, "", true);
    if (mount < 0)
        return s->failure->error ? mount
                                 : fail(s->failure, mount, "cloning the root file system %s", plan->root);
    autoclose int place = open(plan->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int r = place < 0 ? -errno : mount_attach(mount, place);
    if (r < 0)
        return fail(s->failure, r, "attaching the root file system at %s", plan->root);
    s->workspace.root_fd = TAKE_FD(mount);
    return 0;
}

static bool is_dev(const struct mount_plan *mount)
{
    return mount->origin == MOUNT_OF_TMPFS && streq(mount->target, "/dev");
}

static int creator_make(struct creator *c, const struct mount_plan *mount, int pidns_fd)
{
    const struct start_plan *plan = c->base.plan;
    if (is_dev(mount))
        return workspace_make_dev(plan, mount, c->base.failure);
    if (mount->origin == MOUNT_OF_DEVPTS)
        return workspace_make_devpts(mount, &plan->file_gids, c->base.failure);
    return workspace_make_mount(&c->base.workspace, mount, pidns_fd, c->base.failure);
}

/* Without a tmpfs of its own at /dev the nodes are bound there one by one; what is bound there as a whole has
 * its own. */
static int creator_place_devices(struct creator *c)
{
    struct supervisor *s = &c->base;
    const struct start_plan *plan = s->plan;
    const struct mount_plan template = {.origin = MOUNT_OF_TMPFS,
                                        .target = (char *)"/dev",
                                        .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
                                        .mode = 0755,
                                        .uid = plan->host_base,
                                        .gid = plan->host_group_base};
    for (size_t i = 0; i < plan->mount_count; i++)
        if (streq(plan->mounts[i].target, "/dev"))
            return 0;
    autoclose int dev = workspace_make_dev(plan, &template, s->failure);
    if (dev < 0)
        return dev;
    if (mkdirat(s->workspace.top_fd, "dev", 0700) < 0)
        return fail(s->failure, -errno, "making a place for devices");
    int r = mount_attach_at(dev, s->workspace.top_fd, "dev");
    if (r == 0)
        r = workspace_bind_devices(plan, dev, s->failure);
    for (size_t i = 0; r == 0 && i < plan->device_count; i++) {
        autoclose int node = mount_clone(dev, plan->devices[i].path + strlen("/dev/"), false);
        r = node < 0 ? node : workspace_attach_fd(&s->workspace, node, plan->devices[i].path, s->failure);
    }
    return r < 0 && s->failure->error == 0 ? fail(s->failure, r, "binding the devices") : r;
}

int creator_make_mounts(struct creator *c)
{
    const struct start_plan *plan = c->base.plan;
    c->mounts = calloc(plan->mount_count + 1, sizeof(*c->mounts));
    if (!c->mounts)
        return fail(c->base.failure, -ENOMEM, "the mounts");
    for (size_t i = 0; i < plan->mount_count; i++)
        c->mounts[i] = -EBADF;
    for (size_t i = 0; i < plan->mount_count; i++) {
        const struct mount_plan *mount = &plan->mounts[i];
        if (kernel_mount_needs_namespace(mount) || mount->origin == MOUNT_OF_REMOUNT)
            continue;
        c->mounts[i] = creator_make(c, mount, -EBADF);
        if (c->mounts[i] < 0)
            return c->mounts[i];
    }
    return 0;
}

static int creator_remount(struct creator *c, const struct mount_plan *mount)
{
    autoclose int target = path_open_in_root(c->base.workspace.root_fd, mount->target, O_PATH);
    const struct mount_change change = {
        .set = mount->attributes, .clear = mount->cleared, .idmap_userns_fd = -EBADF};
    int r = target < 0 ? target : mount_change(target, &change, false);
    return r < 0 ? fail(c->base.failure, r, "remounting %s", mount->target) : 0;
}

/* How events spread counts only once it is attached. */
static int creator_propagate(struct creator *c, const struct mount_plan *mount, int fd)
{
    for (size_t i = 0; i < mount->propagation_count; i++) {
        struct mount_change change = {.propagation = mount->propagations[i] & ~(unsigned long)MS_REC,
                                      .idmap_userns_fd = -EBADF};
        int r = mount_change(fd, &change, mount->propagations[i] & MS_REC);
        if (r < 0)
            return fail(c->base.failure, r, "the propagation of %s", mount->target);
    }
    return 0;
}

/* What shows the kernel is where its name says, not where a link of the image leads: CVE-2019-16884,
 * 2019-19921, 2023-27561, 2026-41579. What is missing is made, as a folder. */
static int creator_check_place(struct creator *c, const struct mount_plan *mount)
{
    bool kernel = kernel_mount_needs_namespace(mount) || is_dev(mount) || mount->origin == MOUNT_OF_DEVPTS;
    if (!kernel)
        return 0;
    autoclose int fd =
        path_open(c->base.workspace.root_fd, mount->target, O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
    if (fd == -ELOOP)
        return refuse(c->base.failure, fd,
                      "%s of the root file system is a symbolic link, or below one: refused", mount->target);
    return fd < 0 && fd != -ENOENT ? fail(c->base.failure, fd, "opening %s in the container", mount->target)
                                   : 0;
}

/* tmpcopyup: what the image has there, before the tmpfs covers it. */
static int creator_copy_up(struct creator *c, const struct mount_plan *mount, int fd)
{
    if (!mount->copy_up_image)
        return 0;
    autoclose int from = path_open_in_root(c->base.workspace.root_fd, mount->target, O_RDONLY | O_DIRECTORY);
    if (from == -ENOENT || from == -ENOTDIR)
        return 0;
    /* A mount's own descriptor is O_PATH. */
    autoclose int to = from < 0 ? from : openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = to < 0 ? (from < 0 ? from : -errno) : folder_copy(from, to);
    return r < 0 ? fail(c->base.failure, r, "copying what the image has at %s", mount->target) : 0;
}

static int creator_attach_one(struct creator *c, size_t index, int pidns_fd)
{
    struct supervisor *s = &c->base;
    const struct mount_plan *mount = &s->plan->mounts[index];
    if (mount->origin == MOUNT_OF_REMOUNT)
        return creator_remount(c, mount);
    int r = c->request->plan->root_idmapped
                ? engine_rootfs_hold(&c->rootfs, s->workspace.root_fd, mount->target, s->failure)
                : 0;
    if (r == 0)
        r = creator_check_place(c, mount);
    if (r < 0)
        return r;
    if (mount->origin == MOUNT_OF_CGROUP)
        return kernel_mounts_attach_cgroup(&s->workspace, mount, &s->cgroup, s->failure);
    if (c->mounts[index] < 0)
        c->mounts[index] = creator_make(c, mount, mount->origin == MOUNT_OF_PROC ? pidns_fd : -EBADF);
    if (c->mounts[index] < 0)
        return c->mounts[index];
    autoclose int fd = TAKE_FD(c->mounts[index]);
    r = creator_copy_up(c, mount, fd);
    if (r == 0)
        r = workspace_attach_fd(&s->workspace, fd, mount->target, s->failure);
    if (r == 0 && is_dev(mount))
        r = workspace_bind_devices(s->plan, fd, s->failure);
    return r < 0 ? r : creator_propagate(c, mount, fd);
}

/* The next ones in the configuration's order, up to `end`. */
static int creator_attach_until(struct creator *c, size_t end, int pidns_fd)
{
    for (; c->attached < end; c->attached++) {
        int r = creator_attach_one(c, c->attached, pidns_fd);
        if (r < 0)
            return fail_within(c->base.failure, "mounts[%zu]", c->attached);
    }
    return 0;
}

int creator_attach_first_mounts(struct creator *c)
{
    struct supervisor *s = &c->base;
    const struct start_plan *plan = s->plan;
    size_t end = 0;
    while (end < plan->mount_count &&
           (plan->mounts[end].origin == MOUNT_OF_PROC || !kernel_mount_needs_namespace(&plan->mounts[end])))
        end++;
    autoclose int pidns = process_open_namespace(s->workspace.proc_fd, s->pid, "pid");
    return pidns < 0 ? fail(s->failure, pidns, "opening the payload's pid namespace")
                     : creator_attach_until(c, end, pidns);
}

static int creator_attach_inside(void *context, const struct kernel_mounts *k, int pidns_fd)
{
    struct creator *c = context;
    int r = creator_attach_until(c, c->base.plan->mount_count, pidns_fd);
    return r < 0 ? r : creator_place_devices(c);
}

int creator_attach_mounts(struct creator *c)
{
    struct supervisor *s = &c->base;
    const struct kernel_mounts mounts = {.plan = s->plan,
                                         .host = &s->host,
                                         .cgroup = &s->cgroup,
                                         .pid = s->pid,
                                         .pidfd = s->pidfd,
                                         .made = s->namespaces.later,
                                         .attach = creator_attach_inside,
                                         .context = c};
    return kernel_mounts_attach(&s->workspace, &mounts, s->failure);
}

void creator_close_mounts(struct creator *c)
{
    for (size_t i = 0; c->mounts && i < c->base.plan->mount_count; i++)
        if (c->mounts[i] >= 0)
            (void)close(c->mounts[i]);
    free(c->mounts);
    c->mounts = NULL;
    engine_rootfs_close(&c->rootfs);
}
