/* SPDX-License-Identifier: Apache-2.0 */
/* /dev: filled while it is still detached, so no name in it can have been planted. */
#include "kernel/mount.h"
#include "runtime/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static int devices_make_folders(int dev_fd, const char *path, char *ret_name, size_t size)
{
    /* "/dev/net/tun" below dev_fd: net/ is made, "net/tun" is the name. */
    const char *below = path + strlen("/dev/");
    if (snprintf(ret_name, size, "%s", below) >= (int)size)
        return -ENAMETOOLONG;
    for (char *slash = strchr(ret_name, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int r = mkdirat(dev_fd, ret_name, 0755) < 0 && errno != EEXIST ? -errno : 0;
        *slash = '/';
        if (r < 0)
            return r;
    }
    return 0;
}

/* Binds the host's own node, when it is the device that is meant. */
static int devices_bind_node(int target_fd, const struct device_plan *device)
{
    struct stat status;
    autoclose int node = open(device->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (node < 0 || fstat(node, &status) < 0)
        return -errno;
    if ((status.st_mode & S_IFMT) != device->type || status.st_rdev != makedev(device->major, device->minor))
        return -EPERM;
    autoclose int mount = mount_clone(node, "", false);
    return mount < 0 ? mount : mount_attach(mount, target_fd);
}

/* In a user namespace nobody makes nodes. FALLBACK(linux < 6.15): nothing can be attached in a detached tree;
 * an empty file waits there for workspace_bind_devices(). */
static int devices_place_node(int dev_fd, const char *name, const struct device_plan *device)
{
    autoclose int target = openat(dev_fd, name, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    int r = target < 0 ? -errno : devices_bind_node(target, device);
    return r == -EINVAL ? 0 : r;
}

static int devices_make_node(int dev_fd, const struct device_plan *device)
{
    char name[PATH_MAX];
    int r = devices_make_folders(dev_fd, device->path, name, sizeof(name));
    if (r < 0)
        return r;
    if (mknodat(dev_fd, name, device->type | device->mode, makedev(device->major, device->minor)) < 0)
        return errno == EPERM ? devices_place_node(dev_fd, name, device) : -errno;
    if (device->uid == geteuid() && device->gid == getegid())
        return 0; /* so it was born */
    return fchownat(dev_fd, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int devices_make_rest(int dev_fd)
{
    static const struct {
        const char *target, *name;
    } links[] = {
        {"/proc/self/fd", "fd"},       {"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"},
        {"/proc/self/fd/2", "stderr"}, {"pts/ptmx", "ptmx"},         {"/proc/kcore", "core"},
    };
    static const char *const folders[] = {"pts", "shm", "mqueue"};
    for (size_t i = 0; i < ARRAY_SIZE(links); i++)
        if (symlinkat(links[i].target, dev_fd, links[i].name) < 0)
            return -errno;
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (mkdirat(dev_fd, folders[i], 0755) < 0)
            return -errno;
    return 0;
}

int workspace_make_dev(const struct start_plan *plan, const struct mount_plan *mount, struct failure *failure)
{
    autoclose int dev_fd = workspace_make_tmpfs(mount, failure);
    if (dev_fd < 0)
        return dev_fd;
    int r = devices_make_rest(dev_fd);
    if (r < 0)
        return fail(failure, r, "filling %s", mount->target);
    for (size_t i = 0; i < plan->device_count; i++) {
        r = devices_make_node(dev_fd, &plan->devices[i]);
        if (r < 0)
            return fail(failure, r, "making the device %s", plan->devices[i].path);
    }
    return TAKE_FD(dev_fd);
}

int workspace_bind_devices(const struct start_plan *plan, int dev_fd, struct failure *failure)
{
    for (size_t i = 0; i < plan->device_count; i++) {
        const char *name = plan->devices[i].path + strlen("/dev/");
        struct stat status;
        if (fstatat(dev_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(status.st_mode))
            continue;
        autoclose int target = openat(dev_fd, name, O_PATH | O_CLOEXEC | O_NOFOLLOW);
        int r = target < 0 ? -errno : devices_bind_node(target, &plan->devices[i]);
        if (r < 0)
            return fail(failure, r, "binding the device %s", plan->devices[i].path);
    }
    return 0;
}

int workspace_attach_devices(struct workspace *w, const struct start_plan *plan, struct failure *failure)
{
    const struct mount_plan mount = {
        .origin = MOUNT_OF_TMPFS,
        .target = (char *)"/dev",
        .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
        .mode = 0755,
        .uid = plan->host_base,
        .gid = plan->host_group_base,
        .size = 65536,
    };
    autoclose int dev_fd = workspace_make_dev(plan, &mount, failure);
    int r = dev_fd < 0 ? dev_fd : workspace_attach_fd(w, dev_fd, mount.target, failure);
    return r < 0 ? r : workspace_bind_devices(plan, dev_fd, failure);
}
