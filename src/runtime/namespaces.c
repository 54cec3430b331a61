/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/namespaces.h"

#include "kernel/process.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static const struct {
    const char *name; /* below /proc/PID/ns */
    int flag;
} kinds[OCI_NAMESPACE_COUNT] = {
    [OCI_NAMESPACE_CGROUP] = {"cgroup", CLONE_NEWCGROUP}, [OCI_NAMESPACE_IPC] = {"ipc", CLONE_NEWIPC},
    [OCI_NAMESPACE_MOUNT] = {"mnt", CLONE_NEWNS},         [OCI_NAMESPACE_NETWORK] = {"net", CLONE_NEWNET},
    [OCI_NAMESPACE_PID] = {"pid", CLONE_NEWPID},          [OCI_NAMESPACE_TIME] = {"time", CLONE_NEWTIME},
    [OCI_NAMESPACE_USER] = {"user", CLONE_NEWUSER},       [OCI_NAMESPACE_UTS] = {"uts", CLONE_NEWUTS},
};

static int namespaces_open_joined(struct namespaces *n, int kind, const char *path, struct failure *failure)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail(failure, -errno, "linux.namespaces: opening the %s namespace %s",
                    oci_namespace_name((enum oci_namespace_kind)kind), path);
    n->joined[kind] = fd;
    int type = ioctl(fd, NS_GET_NSTYPE);
    if (type < 0 || type != kinds[kind].flag)
        return refuse(failure, -EINVAL, "linux.namespaces: %s is no %s namespace", path,
                      oci_namespace_name((enum oci_namespace_kind)kind));
    return 0;
}

static int namespaces_open_own(struct namespaces *n, int kind, struct failure *failure)
{
    n->own[kind] = process_open_namespace(n->proc_fd, getpid(), kinds[kind].name);
    return n->own[kind] < 0 ? fail(failure, n->own[kind], "opening the own %s namespace", kinds[kind].name)
                            : 0;
}

static bool is_same(int a, int b)
{
    struct stat first, second;
    return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_ino == second.st_ino &&
           first.st_dev == second.st_dev;
}

/* The plan has no place of the host's by its path: the policy looked at what it was then. */
static bool namespaces_is_own(const struct namespaces *n, int kind)
{
    return n->joined[kind] >= 0 && n->own[kind] >= 0 && is_same(n->joined[kind], n->own[kind]);
}

/* Nobody comes back from a user namespace, and who joins a mount namespace is the payload. */
static bool namespaces_needs_own(const struct namespaces *n, int kind)
{
    if (kind == OCI_NAMESPACE_USER || kind == OCI_NAMESPACE_MOUNT)
        return false;
    return n->joined[kind] >= 0 || (kind == OCI_NAMESPACE_TIME && n->new_time);
}

static int namespaces_open_process(struct namespaces *n, int kind, pid_t pid, struct failure *failure)
{
    n->joined[kind] = process_open_namespace(n->proc_fd, pid, kinds[kind].name);
    if (n->joined[kind] < 0)
        return fail(failure, n->joined[kind], "opening the %s namespace of process %d", kinds[kind].name,
                    pid);
    return namespaces_needs_own(n, kind) ? namespaces_open_own(n, kind, failure) : 0;
}

int namespaces_open_shared(struct namespaces *n, const struct namespace_plan *plan, int proc_fd,
                           struct failure *failure)
{
    const struct {
        enum oci_namespace_kind kind;
        pid_t of;
        uint64_t *flags; /* made by: the clone, or the payload */
        bool is_host;
    } rows[] = {
        {OCI_NAMESPACE_NETWORK, plan->network_of, &n->later, plan->host_network},
        {OCI_NAMESPACE_IPC, plan->ipc_of, &n->later, false},
        {OCI_NAMESPACE_UTS, 0, &n->later, false},
        {OCI_NAMESPACE_CGROUP, 0, &n->later, false},
        {OCI_NAMESPACE_USER, plan->user_of, &n->first, false},
        {OCI_NAMESPACE_PID, plan->pid_of, &n->first, false},
    };
    n->proc_fd = proc_fd;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        int r = rows[i].of > 0 ? namespaces_open_process(n, rows[i].kind, rows[i].of, failure) : 0;
        if (r < 0)
            return r;
        if (rows[i].of <= 0 && !rows[i].is_host)
            *rows[i].flags |= (uint64_t)kinds[rows[i].kind].flag;
    }
    return 0;
}

static int namespaces_offset(struct namespaces *n, const char *clock, const struct oci_time_offset *offset)
{
    size_t used = strlen(n->offsets);
    if (!offset->given)
        return 0;
    int length = snprintf(n->offsets + used, sizeof(n->offsets) - used, "%s %lld %u\n", clock,
                          (long long)offset->seconds, offset->nanoseconds);
    return length < 0 || (size_t)length >= sizeof(n->offsets) - used ? -E2BIG : 0;
}

int namespaces_check_mounts(const struct namespaces *n, struct failure *failure)
{
    int mounts = n->joined[OCI_NAMESPACE_MOUNT], user = n->joined[OCI_NAMESPACE_USER];
    if (mounts < 0)
        return 0;
    autoclose int own = process_open_namespace(n->proc_fd, getpid(), "mnt");
    autoclose int own_user = process_open_namespace(n->proc_fd, getpid(), "user");
    if (own < 0 || own_user < 0)
        return fail(failure, own < 0 ? own : own_user, "opening the own namespaces");
    if (is_same(mounts, own))
        return refuse(failure, -EPERM, "linux.namespaces: the mount namespace is the host's");
    /* EPERM: above the caller's own user namespace. ioctl_ns(2) */
    autoclose int owner = ioctl(mounts, NS_GET_USERNS);
    if (owner >= 0 && !(n->first & CLONE_NEWUSER) && is_same(owner, user >= 0 ? user : own_user))
        return 0;
    return refuse(
        failure, -EPERM,
        "linux.namespaces: the mount namespace belongs to another user namespace than the container's: "
        "name that by its path too");
}

int namespaces_open(struct namespaces *n, const struct oci_plan *plan, int proc_fd, struct failure *failure)
{
    n->proc_fd = proc_fd;
    for (int kind = 0; kind < OCI_NAMESPACE_COUNT; kind++) {
        bool first = kind == OCI_NAMESPACE_USER || kind == OCI_NAMESPACE_PID;
        int r = 0;
        if (plan->places[kind] == OCI_PLACE_JOIN && plan->paths[kind])
            r = namespaces_open_joined(n, kind, plan->paths[kind], failure);
        else if (plan->places[kind] == OCI_PLACE_NEW && kind == OCI_NAMESPACE_TIME)
            n->new_time = true;
        else if (plan->places[kind] == OCI_PLACE_NEW && kind != OCI_NAMESPACE_MOUNT)
            *(first ? &n->first : &n->later) |= (uint64_t)kinds[kind].flag;
        if (r == 0 && namespaces_needs_own(n, kind))
            r = namespaces_open_own(n, kind, failure);
        if (r == 0 && kind != OCI_NAMESPACE_MOUNT && namespaces_is_own(n, kind))
            r = refuse(failure, -EPERM, "linux.namespaces: %s leads to the host's %s namespace by now",
                       plan->paths[kind], oci_namespace_name((enum oci_namespace_kind)kind));
        if (r < 0)
            return r;
    }
    /* A view of the host's control groups is not for a container: CVE-2023-25809. */
    if (n->joined[OCI_NAMESPACE_CGROUP] < 0 && plan->places[OCI_NAMESPACE_USER] != OCI_PLACE_HOST)
        n->later |= CLONE_NEWCGROUP;
    int r = namespaces_offset(n, "monotonic", &plan->config->platform.monotonic);
    if (r == 0)
        r = namespaces_offset(n, "boottime", &plan->config->platform.boottime);
    return r < 0 ? fail(failure, r, "linux.timeOffsets") : 0;
}

/* The offsets count for the processes that are born in it: they can be set until then. */
static int namespaces_make_time(const struct namespaces *n, struct failure *failure)
{
    int r = process_unshare(CLONE_NEWTIME);
    if (r < 0)
        return fail(failure, r, "making a time namespace");
    if (n->offsets[0] == '\0')
        return 0;
    autoclose int fd = openat(n->proc_fd, "self/timens_offsets", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, n->offsets, strlen(n->offsets)) < 0)
        return fail(failure, -errno, "linux.timeOffsets");
    return 0;
}

int namespaces_enter(struct namespaces *n, struct failure *failure)
{
    for (int kind = 0; kind < OCI_NAMESPACE_COUNT; kind++) {
        if (kind == OCI_NAMESPACE_USER || kind == OCI_NAMESPACE_MOUNT || n->joined[kind] < 0)
            continue;
        int r = process_enter(n->joined[kind], kinds[kind].flag);
        if (r < 0)
            return fail(failure, r, "joining the %s namespace",
                        oci_namespace_name((enum oci_namespace_kind)kind));
    }
    return n->new_time ? namespaces_make_time(n, failure) : 0;
}

int namespaces_leave(struct namespaces *n, struct failure *failure)
{
    int result = 0;
    for (int kind = 0; kind < OCI_NAMESPACE_COUNT; kind++) {
        if (n->own[kind] < 0)
            continue;
        int r = process_enter(n->own[kind], kinds[kind].flag);
        if (r < 0)
            result = fail(failure, r, "leaving the %s namespace",
                          oci_namespace_name((enum oci_namespace_kind)kind));
        else
            (void)close(TAKE_FD(n->own[kind]));
    }
    return result;
}

void namespaces_close(struct namespaces *n)
{
    for (int kind = 0; kind < OCI_NAMESPACE_COUNT; kind++) {
        if (n->joined[kind] >= 0)
            (void)close(TAKE_FD(n->joined[kind]));
        if (n->own[kind] >= 0)
            (void)close(TAKE_FD(n->own[kind]));
    }
}
