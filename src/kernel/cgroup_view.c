/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cgroup_view.h"

#include "kernel/cgroup_tree.h"
#include "kernel/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#define LOCKED (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define READ_ONLY (LOCKED | MOUNT_ATTR_RDONLY)

int cgroup_view_enter(void)
{
    return unshare(CLONE_NEWCGROUP) == 0 ? 0 : -errno;
}

static int make_v2(void)
{
    const struct mount_request r = {.type = "cgroup2", .attributes = READ_ONLY, .pidns_fd = -EBADF};
    return mount_make(&r, NULL);
}

/* Only a hierarchy that exists can be mounted from a user namespace (kernel/cgroup/cgroup-v1.c). */
static int make_v1(enum cgroup_controller controller)
{
    const struct mount_parameter option = {.key = cgroup_v1_name(controller)};
    const struct mount_request r = {
        .type = "cgroup", .parameters = &option, .count = 1, .attributes = READ_ONLY, .pidns_fd = -EBADF};
    return mount_make(&r, NULL);
}

static int make_empty(void)
{
    static const struct mount_parameter options[] = {{"mode", "755"}, {"size", "64k"}};
    const struct mount_request r = {.type = "tmpfs",
                                    .parameters = options,
                                    .count = ARRAY_SIZE(options),
                                    .attributes = LOCKED,
                                    .pidns_fd = -EBADF};
    return mount_make(&r, NULL);
}

/* A hierarchy that cannot be mounted is left out: its folder stays empty. */
static int attach_below(int folder_fd, const char *name, int mount_fd)
{
    if (mkdirat(folder_fd, name, 0755) != 0)
        return -errno;
    return mount_fd < 0 ? 0 : mount_attach_at(mount_fd, folder_fd, name); /* nobody else is in there yet */
}

static int fill(const struct cgroup *c, int folder_fd)
{
    for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
        if (c->v1_fd[i] < 0)
            continue;
        autoclose int mount = make_v1((enum cgroup_controller)i);
        int error = attach_below(folder_fd, cgroup_v1_name((enum cgroup_controller)i), mount);
        if (error != 0)
            return error;
    }
    autoclose int v2 = c->layout == CGROUP_HYBRID ? make_v2() : -EBADF;
    return v2 < 0 ? 0 : attach_below(folder_fd, "unified", v2);
}

int cgroup_view_mount(const struct cgroup *c, int target_fd)
{
    bool folders = cgroup_needs_attach(c);
    autoclose int mount =
        !folders && (c->layout == CGROUP_V2 || c->layout == CGROUP_HYBRID) ? make_v2() : -EBADF;
    if (mount >= 0)
        return mount_attach(mount, target_fd);
    mount = make_empty();
    if (mount < 0)
        return mount;
    int error = mount_attach(mount, target_fd); /* mounts can only be put into an attached one (Linux 6.15) */
    if (error == 0 && folders)
        error = fill(c, mount);
    const struct mount_change change = {.set = MOUNT_ATTR_RDONLY, .idmap_userns_fd = -EBADF};
    return error == 0 ? mount_change(mount, &change, false) : error;
}
