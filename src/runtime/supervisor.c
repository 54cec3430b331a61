/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor role.
 * runs in:  a private mount namespace that becomes the container's tree; all other namespaces are the host's
 * power:    host root; while it touches the container's tree its ids are the range's and its capabilities the
 * host's must not: open a path below the container's root but through kernel/path.h; run anything of the
 * image */
#include "runtime/supervisor.h"
#include "runtime/limits.h"
#include "runtime/supervisor_role.h"

#include "kernel/credentials.h"
#include "kernel/mount.h"
#include "kernel/process.h"
#include "runtime/kernel_mounts.h"
#include "runtime/payload.h"
#include "runtime/steps.h"
#include "runtime/streams.h"
#include "runtime/sync.h"
#include "runtime/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>

int supervisor_open_host(void *role)
{
    struct supervisor *s = role;
    s->workspace.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (s->workspace.proc_fd < 0)
        return fail(s->failure, -errno, "opening /proc");
    s->mount_ns = process_open_namespace(s->workspace.proc_fd, getpid(), "mnt");
    if (s->mount_ns < 0)
        return fail(s->failure, s->mount_ns, "opening the mount namespace");
    int r = host_namespaces_open(&s->host, s->workspace.proc_fd);
    return r < 0 ? fail(s->failure, r, "opening the host's namespaces") : 0;
}

static int supervisor_open_others(void *role)
{
    struct supervisor *s = role;
    return namespaces_open_shared(&s->namespaces, &s->plan->namespaces, s->workspace.proc_fd, s->failure);
}

int supervisor_make_cgroup(void *role)
{
    struct supervisor *s = role;
    return cgroup_create(&s->request->cgroup, &s->cgroup, s->failure);
}

static int supervisor_enter_mounts(void *role)
{
    struct supervisor *s = role;
    int r = process_unshare(CLONE_NEWNS);
    if (r == 0)
        r = mount_make_private();
    if (r < 0)
        return fail(s->failure, r, "entering a private mount namespace");
    s->storage_fd = open(s->request->storage, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return s->storage_fd < 0 ? fail(s->failure, -errno, "opening %s", s->request->storage) : 0;
}

/* All three ids at once; the capabilities stay, and effective. */
int supervisor_become(struct supervisor *s, uid_t uid, gid_t gid)
{
    int r = credentials_set_group(gid);
    if (r == 0)
        r = credentials_set_user(uid);
    return r < 0 ? fail(s->failure, r, "becoming %u:%u", uid, gid) : 0;
}

int supervisor_take_range_ids(void *role)
{
    struct supervisor *s = role;
    int r = credentials_keep_capabilities();
    if (r == 0)
        r = credentials_set_groups(NULL, 0);
    if (r < 0)
        return fail(s->failure, r, "keeping capabilities over the change of ids");
    (void)umask(0);
    return supervisor_become(s, s->plan->host_base, s->plan->host_group_base);
}

int supervisor_make_workspace(void *role)
{
    struct supervisor *s = role;
    return workspace_make(&s->workspace, s->request->anchor, s->failure);
}

static int supervisor_map_storage(void *role)
{
    struct supervisor *s = role;
    return workspace_map_storage(&s->workspace, s->storage_fd, s->plan, s->failure);
}

static int supervisor_mount_rootfs(void *role)
{
    struct supervisor *s = role;
    return workspace_mount_rootfs(&s->workspace, &s->plan->rootfs, s->failure);
}

static int supervisor_settle(void *role)
{
    struct supervisor *s = role;
    const struct supervisor_hooks *hooks = &s->request->hooks;
    return hooks->settle(hooks->context, s->workspace.root_fd, s->plan, s->failure);
}

/* The host ids of the user inside. */
int supervisor_find_user(struct supervisor *s, uid_t *ret_uid, gid_t *ret_gid)
{
    const struct process_plan *process = &s->plan->process;
    if (s->plan->uids.count == 0) { /* no user namespace: OCI alone */
        *ret_uid = process->uid;
        *ret_gid = process->gid;
        return 0;
    }
    if (!id_map_to_outside(&s->plan->uids, process->uid, ret_uid) ||
        !id_map_to_outside(&s->plan->gids, process->gid, ret_gid))
        return refuse(s->failure, -EINVAL, "%u:%u has no host id in this container", process->uid,
                      process->gid);
    return 0;
}

static int supervisor_make_streams(void *role)
{
    struct supervisor *s = role;
    uid_t uid;
    gid_t gid;
    int r = supervisor_find_user(s, &uid, &gid);
    if (r < 0 || s->plan->process.tty)
        return r;
    return streams_make_pipes(&s->streams, s->request->interactive, uid, gid, s->failure);
}

__attribute__((noreturn)) static void supervisor_become_payload(struct supervisor *s, int sync_fd)
{
    struct payload_start start = {
        .plan = s->plan,
        .cgroup = &s->cgroup,
        .sync_fd = sync_fd,
        .mount_fd = -EBADF,
        .streams = {s->streams.payload[0], s->streams.payload[1], s->streams.payload[2]},
        .new_namespaces = s->namespaces.later,
    };
    payload_run(&start);
}

int supervisor_write_maps(void *role)
{
    struct supervisor *s = role;
    char uids[ID_MAP_TEXT_MAX + 1], gids[ID_MAP_TEXT_MAX + 1];
    int r = 0;
    if (s->namespaces.first & CLONE_NEWUSER) {
        r = id_map_to_text(&s->plan->uids, uids);
        if (r == 0)
            r = id_map_to_text(&s->plan->gids, gids);
        if (r == 0)
            r = userns_write_maps(s->workspace.proc_fd, s->pid, uids, gids);
    }
    return r < 0 ? fail(s->failure, r, "writing the id maps")
                 : sync_send(s->sync_fd, SYNC_MAPPED, 0, s->failure);
}

static int supervisor_attach_devices(void *role)
{
    struct supervisor *s = role;
    return workspace_attach_devices(&s->workspace, s->plan, s->failure);
}

/* The plan's mounts from `first` on that need no namespace of the payload. */
static int supervisor_attach_from(struct supervisor *s, size_t first)
{
    for (size_t i = first; i < s->plan->mount_count; i++) {
        if (kernel_mount_needs_namespace(&s->plan->mounts[i]))
            continue;
        int r = workspace_attach(&s->workspace, &s->plan->mounts[i], -EBADF, s->failure);
        if (r < 0)
            return r;
    }
    return 0;
}

static int supervisor_attach_mounts(void *role)
{
    return supervisor_attach_from(role, 0);
}

int supervisor_open_terminal(void *role)
{
    struct supervisor *s = role;
    uid_t uid;
    gid_t gid;
    if (!s->plan->process.tty)
        return 0;
    int r = supervisor_find_user(s, &uid, &gid);
    if (r == 0)
        r = streams_open_terminal(&s->streams, s->workspace.root_fd, uid, s->failure);
    if (r == 0)
        r = workspace_attach_console(&s->workspace, s->streams.tty_number, s->failure);
    return r;
}

int supervisor_wait_for_namespaces(void *role)
{
    struct supervisor *s = role;
    return sync_wait(s->sync_fd, SYNC_NAMESPACES, NULL, s->failure);
}

static int supervisor_mount_kernel(void *role)
{
    struct supervisor *s = role;
    const struct kernel_mounts mounts = {.plan = s->plan,
                                         .host = &s->host,
                                         .cgroup = &s->cgroup,
                                         .pid = s->pid,
                                         .pidfd = s->pidfd,
                                         .made = s->namespaces.later};
    return kernel_mounts_attach(&s->workspace, &mounts, s->failure);
}

int supervisor_mask_paths(void *role)
{
    struct supervisor *s = role;
    int r = 0;
    for (size_t i = 0; r == 0 && i < s->plan->masked.count; i++)
        r = workspace_mask(&s->workspace, s->plan->masked.items[i], s->failure);
    for (size_t i = 0; r == 0 && i < s->plan->read_only_paths.count; i++)
        r = workspace_make_read_only(&s->workspace, s->plan->read_only_paths.items[i], s->failure);
    return r;
}

static int supervisor_make_workdir(void *role)
{
    struct supervisor *s = role;
    return workspace_make_workdir(&s->workspace, s->plan, s->failure);
}

int supervisor_seal_rootfs(void *role)
{
    struct supervisor *s = role;
    return s->plan->rootfs.read_only ? workspace_seal_rootfs(&s->workspace, s->failure) : 0;
}

static int supervisor_set_limits(void *role)
{
    struct supervisor *s = role;
    struct limits_target target = {.pid = s->pid,
                                   .proc_fd = s->workspace.proc_fd,
                                   .own_uid = s->plan->host_base,
                                   .own_gid = s->plan->host_group_base};
    int r = supervisor_find_user(s, &target.uid, &target.gid);
    return r < 0 ? r : limits_apply(&target, &s->plan->process, s->failure);
}

int supervisor_return_to_root(void *role)
{
    struct supervisor *s = role;
    int r = supervisor_become(s, 0, 0);
    if (r < 0)
        return r;
    (void)umask(022);
    r = credentials_default_securebits();
    return r < 0 ? fail(s->failure, r, "resetting the securebits") : 0;
}

/* As host root for a moment: what the network keeps on the host is not the container's. */
static int supervisor_attach_network(void *role)
{
    struct supervisor *s = role;
    const struct supervisor_hooks *hooks = &s->request->hooks;
    size_t before = s->plan->mount_count;
    autoclose int netns = -EBADF;
    if (s->namespaces.later & CLONE_NEWNET) {
        netns = process_open_namespace(s->workspace.proc_fd, s->pid, "net");
        if (netns < 0)
            return fail(s->failure, netns, "opening the container's network namespace");
    }
    int r = supervisor_become(s, 0, 0);
    if (r == 0)
        r = hooks->attach_network(hooks->context, netns, s->workspace.proc_fd, s->failure);
    if (r == 0)
        r = supervisor_become(s, s->plan->host_base, s->plan->host_group_base);
    return r < 0 ? r : supervisor_attach_from(s, before);
}

int supervisor_pivot(void *role)
{
    struct supervisor *s = role;
    int r = mount_pivot(s->workspace.root_fd);
    if (r == -EINVAL) /* pivot_root(2): the initial rootfs cannot be left */
        return refuse(
            s->failure, r,
            "making the container's root the only one: this host's root is its initial ramdisk, which "
            "pivot_root(2) cannot put aside: switch it to a tmpfs or a disk (switch_root(8))");
    if (r < 0)
        return fail(s->failure, r, "making the container's root the only one");
    return sync_send(s->sync_fd, SYNC_ASSEMBLED, 0, s->failure);
}

int supervisor_leave_mounts(void *role)
{
    struct supervisor *s = role;
    int r = sync_wait(s->sync_fd, SYNC_LOCKED, NULL, s->failure);
    if (r < 0)
        return r;
    workspace_close(&s->workspace);
    r = process_enter(s->mount_ns, CLONE_NEWNS);
    return r < 0 ? fail(s->failure, r, "going back to the host's mounts") : 0;
}

static int supervisor_wait_for_execution(void *role)
{
    struct supervisor *s = role;
    int32_t execute_error = 0;
    int r = sync_wait_end(s->sync_fd, &execute_error, s->failure);
    s->payload_failed = r < 0 && execute_error != 0;
    return r;
}

static const struct step supervisor_steps[] = {
    {"open-host", supervisor_open_host},
    {"open-joined-namespaces", supervisor_open_others},
    {"make-cgroup", supervisor_make_cgroup},
    {"enter-mount-namespace", supervisor_enter_mounts},
    {"take-range-ids", supervisor_take_range_ids},
    {"make-workspace", supervisor_make_workspace},
    {"map-storage", supervisor_map_storage},
    {"mount-root-file-system", supervisor_mount_rootfs},
    {"settle-plan", supervisor_settle},
    {"make-streams", supervisor_make_streams},
    {"clone-payload", supervisor_clone_payload},
    {"write-id-maps", supervisor_write_maps},
    {"attach-devices", supervisor_attach_devices},
    {"attach-mounts", supervisor_attach_mounts},
    {"open-terminal", supervisor_open_terminal},
    {"wait-for-namespaces", supervisor_wait_for_namespaces},
    {"attach-network", supervisor_attach_network},
    {"mount-kernel-file-systems", supervisor_mount_kernel},
    {"mask-paths", supervisor_mask_paths},
    {"make-workdir", supervisor_make_workdir},
    {"seal-root-file-system", supervisor_seal_rootfs},
    {"set-limits", supervisor_set_limits},
    {"return-to-root", supervisor_return_to_root},
    {"pivot", supervisor_pivot},
    {"leave-mount-namespace", supervisor_leave_mounts},
    {"wait-for-execution", supervisor_wait_for_execution},
};

void supervisor_close(struct supervisor *s)
{
    const int fds[] = {s->workspace.proc_fd, s->mount_ns, s->sync_fd, s->storage_fd};
    namespaces_close(&s->namespaces);
    workspace_close(&s->workspace);
    host_namespaces_close(&s->host);
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
}

/* Undoes what the steps made, in reverse order, whatever ids and mounts this process has at that point. */
void supervisor_abandon(struct supervisor *s)
{
    struct failure ignored = {0};
    process_end(s->pidfd);
    if (s->pidfd >= 0)
        (void)close(s->pidfd);
    ignore(credentials_set_group(0)); /* they can only fail when they never changed */
    ignore(credentials_set_user(0));
    ignore(credentials_default_securebits());
    ignore(namespaces_leave(&s->namespaces, &ignored));
    ignore(process_enter(s->mount_ns, CLONE_NEWNS));
    ignore(cgroup_remove(&s->cgroup, &ignored)); /* what is left is found by the next command */
    streams_close(&s->streams);
}

int supervisor_walk(const struct step_table *table, struct supervisor *s,
                    struct supervisor_result *ret_result)
{
    int r = steps_run(table, s, s->failure);
    if (r < 0) {
        int32_t execute_error = 0;
        if (s->sync_fd >= 0)
            sync_prefer_failure(s->sync_fd, s->failure, &execute_error);
        supervisor_abandon(s);
        *ret_result = (struct supervisor_result){.payload_failed = s->payload_failed, .error = r};
    } else {
        *ret_result = (struct supervisor_result){
            .pid = s->pid,
            .pidfd = s->pidfd,
            .tty_fd = s->streams.tty_fd,
            .stdin_fd = s->streams.ours[0],
            .stdout_fd = s->streams.ours[1],
            .stderr_fd = s->streams.ours[2],
            .cgroup = s->cgroup,
        };
    }
    return r;
}

int supervisor_run(const struct supervisor_request *request, struct supervisor_result *ret_result,
                   struct failure *failure)
{
    static const struct step_table table = {"supervisor", supervisor_steps, ARRAY_SIZE(supervisor_steps)};
    struct supervisor s = SUPERVISOR_EMPTY;
    s.request = request;
    s.plan = request->plan;
    s.failure = failure;
    s.become_payload = supervisor_become_payload;
    int r = supervisor_walk(&table, &s, ret_result);
    supervisor_close(&s);
    return r;
}
