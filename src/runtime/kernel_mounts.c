/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel_mounts.h"

#include "kernel/cgroup_view.h"
#include "kernel/path.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

int host_namespaces_open(struct host_namespaces *h, int proc_fd)
{
    h->net = process_open_namespace(proc_fd, getpid(), "net");
    h->ipc = process_open_namespace(proc_fd, getpid(), "ipc");
    h->cgroup = process_open_namespace(proc_fd, getpid(), "cgroup");
    return h->net < 0 ? h->net : h->ipc < 0 ? h->ipc : h->cgroup < 0 ? h->cgroup : 0;
}

void host_namespaces_close(struct host_namespaces *h)
{
    int *fds[] = {&h->net, &h->ipc, &h->cgroup};
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (*fds[i] >= 0)
            (void)close(TAKE_FD(*fds[i]));
}

bool kernel_mount_needs_namespace(const struct mount_plan *mount)
{
    return mount->origin == MOUNT_OF_PROC || mount->origin == MOUNT_OF_SYSFS ||
           mount->origin == MOUNT_OF_MQUEUE || mount->origin == MOUNT_OF_CGROUP;
}

/* "net.ipv4.ip_forward" or "net/ipv4/ip_forward" below proc's sys/; only names that formats/sysctl_spec
 * allowed. */
static int sysctl_write(int proc_fd, const char *assignment, struct failure *failure)
{
    char path[PATH_MAX];
    size_t length = strcspn(assignment, "=");
    if (snprintf(path, sizeof(path), "sys/%.*s", (int)length, assignment) >= (int)sizeof(path))
        return refuse(failure, -ENAMETOOLONG, "sysctl %.40s..", assignment);
    for (char *p = path; *p != '\0'; p++)
        *p = *p == '.' ? '/' : *p;
    const char *value = assignment[length] == '=' ? assignment + length + 1 : "";
    autoclose int fd = path_open(proc_fd, path, O_WRONLY, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    if (fd < 0)
        return fail(failure, fd, "sysctl %.*s", (int)length, assignment);
    if (write(fd, value, strlen(value)) < 0)
        return fail(failure, -errno, "setting sysctl %s", assignment);
    return 0;
}

int kernel_mounts_attach_cgroup(struct workspace *w, const struct mount_plan *mount,
                                const struct cgroup *cgroup, struct failure *failure)
{
    autoclose int target = path_open_in_root(w->root_fd, mount->target, O_PATH | O_DIRECTORY);
    if (target == -ENOENT)
        return 0; /* a host without control groups has no such folder */
    int r = target < 0 ? target : cgroup_view_mount(cgroup, target);
    return r < 0 ? fail(failure, r, "mounting %s", mount->target) : 0;
}

static int kernel_mounts_attach_plain(struct workspace *w, const struct kernel_mounts *k, int pidns,
                                      struct failure *failure)
{
    const struct start_plan *plan = k->plan;
    for (size_t i = 0; i < plan->mount_count; i++) {
        const struct mount_plan *mount = &plan->mounts[i];
        if (!kernel_mount_needs_namespace(mount))
            continue;
        int r = mount->origin == MOUNT_OF_CGROUP ? kernel_mounts_attach_cgroup(w, mount, k->cgroup, failure)
                                                 : workspace_attach(w, mount, pidns, failure);
        if (r < 0)
            return r;
    }
    return 0;
}

static int kernel_mounts_attach_inside(struct workspace *w, const struct kernel_mounts *k,
                                       struct failure *failure)
{
    const struct strings *sysctls = &k->plan->sysctls;
    autoclose int pidns = process_open_namespace(w->proc_fd, k->pid, "pid");
    if (pidns < 0)
        return fail(failure, pidns, "opening the payload's pid namespace");
    int r = k->attach ? k->attach(k->context, k, pidns) : kernel_mounts_attach_plain(w, k, pidns, failure);
    for (size_t i = 0; r == 0 && i < sysctls->count; i++)
        r = sysctl_write(w->proc_fd, sysctls->items[i], failure);
    return r;
}

static const struct {
    const char *name;
    int flag;
} entered[] = {{"net", CLONE_NEWNET}, {"ipc", CLONE_NEWIPC}, {"cgroup", CLONE_NEWCGROUP}};

static bool is_same_namespace(int a, int b)
{
    struct stat first, second;
    return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* Those that the payload has for itself: a shared one need not, and as an ordinary user may not, be entered.
 */
static int namespaces_enter(const struct workspace *w, const struct kernel_mounts *k,
                            bool ret_entered[ARRAY_SIZE(entered)], struct failure *failure)
{
    const int here[] = {k->host->net, k->host->ipc, k->host->cgroup};
    uint64_t made = k->made & (CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWCGROUP);
    int r = made ? process_enter(k->pidfd, (int)made) : 0;
    if (r < 0)
        return fail(failure, r, "entering the payload's namespaces");
    for (size_t i = 0; i < ARRAY_SIZE(entered); i++)
        ret_entered[i] = made & (uint64_t)entered[i].flag;
    for (size_t i = 0; i < ARRAY_SIZE(entered); i++) {
        if (ret_entered[i])
            continue;
        autoclose int fd = process_open_namespace(w->proc_fd, k->pid, entered[i].name);
        if (fd >= 0 && is_same_namespace(fd, here[i]))
            continue;
        r = fd < 0 ? fd : process_enter(fd, entered[i].flag);
        if (r < 0)
            return fail(failure, r, "entering the payload's %s namespace", entered[i].name);
        ret_entered[i] = true;
    }
    return 0;
}

static int namespaces_leave(const struct kernel_mounts *k, const bool was_entered[ARRAY_SIZE(entered)],
                            struct failure *failure)
{
    const int back[] = {k->host->net, k->host->ipc, k->host->cgroup};
    int r = 0;
    for (size_t i = 0; i < ARRAY_SIZE(entered); i++) {
        int left = was_entered[i] ? process_enter(back[i], entered[i].flag) : 0;
        if (left < 0 && r == 0)
            r = fail(failure, left, "leaving the payload's %s namespace", entered[i].name);
    }
    return r;
}

/* Whether we could come back: not to namespaces of a user namespace above ours (NS_GET_USERNS: EPERM). */
static bool namespaces_can_leave(const struct kernel_mounts *k)
{
    autoclose int owner = ioctl(k->host->net, NS_GET_USERNS);
    return owner >= 0;
}

static int kernel_mounts_visit(struct workspace *w, const struct kernel_mounts *k,
                               bool ret_entered[ARRAY_SIZE(entered)], struct failure *failure)
{
    int r = namespaces_enter(w, k, ret_entered, failure);
    return r < 0 ? r : kernel_mounts_attach_inside(w, k, failure);
}

/* A child that shares our memory goes there in our place, and does not come back: vfork(2) on Linux. What it
 * opened stays open here too, close-on-exec, until this process ends. */
static int kernel_mounts_send(struct workspace *w, const struct kernel_mounts *k, struct failure *failure)
{
    static int result; /* not on the stack that both use */
    result = -ECHILD;
    bool stays[ARRAY_SIZE(entered)] = {false};
    pid_t pid = vfork();
    if (pid == 0) {
        result = kernel_mounts_visit(w, k, stays, failure);
        _exit(0);
    }
    if (pid < 0)
        return fail(failure, -errno, "forking");
    while (waitpid(pid, NULL, 0) < 0)
        if (errno != EINTR)
            return fail(failure, -errno, "waiting for a child");
    return result;
}

int kernel_mounts_attach(struct workspace *w, const struct kernel_mounts *k, struct failure *failure)
{
    if (!namespaces_can_leave(k))
        return kernel_mounts_send(w, k, failure);
    bool was_entered[ARRAY_SIZE(entered)] = {false};
    int r = kernel_mounts_visit(w, k, was_entered, failure);
    struct failure leaving = {0};
    int left = namespaces_leave(k, was_entered, r < 0 ? &leaving : failure);
    return r < 0 ? r : left;
}
