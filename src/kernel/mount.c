/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

int mount_clone(int dirfd, const char *path, bool recursive)
{
    unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    int fd = open_tree(dirfd, path, flags);
    return fd < 0 ? -errno : fd;
}

int mount_change(int mount_fd, const struct mount_change *change, bool recursive)
{
    struct mount_attr attr = {
        .attr_set = change->set,
        .attr_clr = change->clear,
        .propagation = change->propagation,
    };
    if (change->idmap_userns_fd >= 0) {
        attr.attr_set |= MOUNT_ATTR_IDMAP;
        attr.userns_fd = (uint64_t)change->idmap_userns_fd;
    }
    unsigned int flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return mount_setattr(mount_fd, "", flags, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

int mount_attach(int mount_fd, int target_fd)
{
    return move_mount(mount_fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
               ? -errno
               : 0;
}

int mount_attach_at(int mount_fd, int dirfd, const char *name)
{
    return move_mount(mount_fd, "", dirfd, name, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

/* The kernel's own explanation: lines "e text" read from the configuration descriptor, the last one counts.
 */
static void mount_read_message(int fs_fd, char *ret_message)
{
    char line[MOUNT_MESSAGE_SIZE];
    ret_message[0] = '\0';
    for (int i = 0; i < 16; i++) {
        ssize_t n = read(fs_fd, line, sizeof(line) - 1);
        if (n <= 2)
            return;
        line[n] = '\0';
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == 'e')
            memmove(ret_message, line + 2, strlen(line + 2) + 1);
    }
}

static int mount_configure(int fs_fd, const struct mount_request *request)
{
    for (size_t i = 0; i < request->count; i++) {
        const struct mount_parameter *p = &request->parameters[i];
        int command = p->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;
        if (fsconfig(fs_fd, (unsigned int)command, p->key, p->value, 0) < 0)
            return -errno;
    }
    if (request->pidns_fd >= 0 && fsconfig(fs_fd, FSCONFIG_SET_FD, "pidns", NULL, request->pidns_fd) < 0)
        return -errno;
    if (fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -errno;
    return 0;
}

int mount_make(const struct mount_request *request, char *ret_message)
{
    if (ret_message)
        ret_message[0] = '\0';
    autoclose int fs_fd = fsopen(request->type, FSOPEN_CLOEXEC);
    if (fs_fd < 0)
        return -errno;
    int r = mount_configure(fs_fd, request);
    if (r == 0) {
        r = fsmount(fs_fd, FSMOUNT_CLOEXEC, (unsigned int)request->attributes);
        if (r < 0)
            r = -errno;
    }
    if (r < 0 && ret_message)
        mount_read_message(fs_fd, ret_message);
    return r;
}

int mount_detach(const char *path)
{
    return umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 ? -errno : 0;
}

int mount_make_private(void)
{
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

int mount_make_slave(void)
{
    return mount_propagate("/", MS_REC | MS_SLAVE);
}

int mount_propagate(const char *path, unsigned long propagation)
{
    return mount("none", path, NULL, propagation, NULL) < 0 ? -errno : 0;
}

int mount_pivot(int root_fd)
{
    if (fchdir(root_fd) < 0)
        return -errno;
    /* Both names "." : the old root lands on top of the new one and is taken off again, see pivot_root(2). */
    if (syscall(SYS_pivot_root, ".", ".") < 0)
        return -errno;
    if (umount2(".", MNT_DETACH) < 0)
        return -errno;
    return chdir("/") < 0 ? -errno : 0;
}

/* The digits at *p, which moves behind them. */
static unsigned release_number(const char **p)
{
    unsigned number = 0;
    for (; **p >= '0' && **p <= '9' && number < 100000; (*p)++)
        number = number * 10 + (unsigned)(**p - '0');
    return number;
}

bool kernel_is_before(unsigned major, unsigned minor)
{
    struct utsname name;
    if (uname(&name) < 0)
        return false;
    const char *p = name.release;
    unsigned first = release_number(&p);
    p += *p == '.';
    return first < major || (first == major && release_number(&p) < minor);
}
