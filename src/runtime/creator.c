/* SPDX-License-Identifier: Apache-2.0 */
/* The creator role: the supervisor of a container that an OCI engine asked for.
 * runs in:  as the supervisor: a private mount namespace that becomes the container's tree
 * power:    as the supervisor's
 * must not: as the supervisor; stay: what it creates is an orphan when it ends */
#include "runtime/creator.h"

#include "kernel/credentials.h"
#include "kernel/mount.h"
#include "kernel/path.h"
#include "kernel/process.h"
#include "runtime/attributes.h"
#include "runtime/creator_tree.h"
#include "runtime/hook.h"
#include "runtime/limits.h"
#include "runtime/payload.h"
#include "runtime/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static int creator_open_namespaces(void *role)
{
    struct creator *c = role;
    if (c->request->user_fd >= 0) {
        int fd = fcntl(c->request->user_fd, F_DUPFD_CLOEXEC, 3);
        if (fd < 0)
            return fail(c->base.failure, -errno, "keeping a user namespace");
        c->base.namespaces.joined[OCI_NAMESPACE_USER] = fd;
    }
    int r =
        namespaces_open(&c->base.namespaces, c->request->plan, c->base.workspace.proc_fd, c->base.failure);
    return r < 0 ? r : namespaces_check_mounts(&c->base.namespaces, c->base.failure);
}

static int creator_enter_mounts(void *role)
{
    struct creator *c = role;
    int r = process_unshare(CLONE_NEWNS);
    if (r == 0)
        r = mount_make_slave();
    return r < 0 ? fail(c->base.failure, r, "entering a private mount namespace") : 0;
}

static int creator_find_rootfs(void *role)
{
    return creator_find_root(role);
}

static int creator_mount_rootfs(void *role)
{
    return creator_attach_root(role);
}

/* What is inherited is the engine's: a pipe, socket or terminal that was made for this container is given to
 * its user, so that /dev/stdout can be opened again; anything else, /dev/null above all, is the host's. */
static int creator_give_streams(void *role)
{
    struct creator *c = role;
    uid_t uid;
    gid_t gid;
    struct stat status;
    int r = supervisor_find_user(&c->base, &uid, &gid);
    if (r < 0 || c->base.plan->process.tty)
        return r;
    for (int i = 0; i < 3; i++)
        if (fstat(i, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) &&
            status.st_uid == 0 && fchown(i, uid, (gid_t)-1) < 0 && errno != EPERM && errno != EROFS)
            return fail(c->base.failure, -errno, "giving stream %d to uid %u", i, uid);
    return 0;
}

__attribute__((noreturn)) static void creator_become_payload(struct supervisor *s, int sync_fd)
{
    const struct creator *c = (const struct creator *)s; /* its first member */
    const struct payload_oci oci = {
        .plan = c->request->plan,
        .process = &c->request->plan->config->process,
        .personality = c->request->plan->config->platform.personality,
        .memory_policy = &c->request->plan->config->platform.memory_policy,
        .new_keyring = c->request->new_keyring,
        .preserve_fds = c->request->preserve_fds,
        .proc_fd = c->base.workspace.proc_fd,
        .start_fd = c->request->start_fd,
        .answer_fd = c->request->answer_fd,
        .reason_fd = c->request->reason_fd,
        .describe = c->request->describe,
        .context = c->request->context,
    };
    struct payload_start start = {
        .plan = c->base.plan,
        .oci = &oci,
        .cgroup = &c->base.cgroup,
        .sync_fd = sync_fd,
        .mount_fd = c->base.namespaces.joined[OCI_NAMESPACE_MOUNT],
        .streams = {-EBADF, -EBADF, -EBADF},
        .new_namespaces = c->base.namespaces.later,
    };
    payload_run(&start);
}

/* The payload goes on as soon as it has its maps, which mostly are the maps of its files too. */
static int creator_write_maps(void *role)
{
    struct creator *c = role;
    struct supervisor *s = &c->base;
    int r = supervisor_write_maps(s);
    if (r < 0 || !(s->namespaces.first & CLONE_NEWUSER))
        return r;
    int userns = process_open_namespace(s->workspace.proc_fd, s->pid, "user");
    if (userns >= 0)
        workspace_keep_map(&s->workspace, userns, &s->plan->uids, &s->plan->gids);
    return 0;
}

static int creator_prepare_mounts(void *role)
{
    struct creator *c = role;
    int r = attributes_check_mount_label(c->request->plan->config->platform.mount_label, c->base.failure);
    if (r == 0)
        r = attributes_check_labels(&c->request->plan->config->process, c->base.failure);
    return r < 0 ? r : creator_make_mounts(c);
}

/* Before sysctls are set (with the mounts) and hooks run: both may name an interface. */
static int creator_move_devices(void *role)
{
    struct creator *c = role;
    struct supervisor *s = &c->base;
    const struct oci_linux *config = &c->request->plan->config->platform;
    if (config->net_device_count == 0)
        return 0;
    int netns = process_open_namespace(s->workspace.proc_fd, s->pid, "net");
    if (netns < 0)
        return fail(s->failure, netns, "opening the container's network namespace");
    return net_devices_move(&c->devices, config, s->host.net, netns, s->failure);
}

static int creator_mount_first(void *role)
{
    return creator_attach_first_mounts(role);
}

static int creator_mount_all(void *role)
{
    return creator_attach_mounts(role);
}

static int creator_open_terminal(void *role)
{
    struct creator *c = role;
    struct supervisor *s = &c->base;
    int r = supervisor_open_terminal(s);
    const struct winsize size = {.ws_row = (unsigned short)s->plan->process.console_height,
                                 .ws_col = (unsigned short)s->plan->process.console_width};
    if (r == 0 && s->streams.tty_fd >= 0 && size.ws_row > 0 &&
        ioctl(s->streams.tty_fd, TIOCSWINSZ, &size) < 0)
        return fail(s->failure, -errno, "setting the console's size");
    return r;
}

static int creator_run_hooks_of(struct creator *c, enum oci_hook_kind kind, const struct hook_place *place)
{
    const struct oci_hooks *hooks = &c->request->plan->config->hooks[kind];
    if (hooks->count == 0)
        return 0;
    autofree char *state = c->request->describe(c->request->context, c->base.pid, "creating");
    if (!state)
        return fail(c->base.failure, -ENOMEM, "the state for hooks");
    return hooks_run(hooks, oci_hook_name(kind), state, place, c->base.failure);
}

/* The mounts stand and nothing of the container has run: a hook may add to them. */
static int creator_run_hooks(void *role)
{
    struct creator *c = role;
    const struct start_plan *plan = c->base.plan;
    uint32_t uid = plan->host_base, gid = plan->host_group_base, inside;
    /* Without root inside, hooks in the container's namespaces are its user's. */
    if (plan->uids.count > 0 &&
        (!id_map_to_inside(&plan->uids, uid, &inside) || !id_map_to_inside(&plan->gids, gid, &inside))) {
        int r = supervisor_find_user(&c->base, &uid, &gid);
        if (r < 0)
            return r;
    }
    const struct hook_place outside = {.mount_ns = c->base.mount_ns, .pidfd = -EBADF};
    const struct hook_place within = {.mount_ns = -EBADF,
                                      .pidfd = c->base.pidfd,
                                      .has_user = c->base.namespaces.first & CLONE_NEWUSER ||
                                                  c->base.namespaces.joined[OCI_NAMESPACE_USER] >= 0,
                                      .uid = uid,
                                      .gid = gid};
    int r = creator_run_hooks_of(c, OCI_HOOK_PRESTART, &outside);
    if (r == 0)
        r = creator_run_hooks_of(c, OCI_HOOK_CREATE_RUNTIME, &outside);
    return r < 0 ? r : creator_run_hooks_of(c, OCI_HOOK_CREATE_CONTAINER, &within);
}

static int creator_set_limits(void *role)
{
    struct creator *c = role;
    struct supervisor *s = &c->base;
    struct limits_target target = {.pid = s->pid,
                                   .proc_fd = s->workspace.proc_fd,
                                   .own_uid = s->plan->host_base,
                                   .own_gid = s->plan->host_group_base,
                                   .clamp = true};
    int r = supervisor_find_user(s, &target.uid, &target.gid);
    if (r == 0)
        r = limits_apply(&target, &s->plan->process, s->failure);
    return r < 0 ? r : attributes_set_scheduling(&c->request->plan->config->process, s->pid, s->failure);
}

static int creator_make_workdir(void *role)
{
    struct creator *c = role;
    struct supervisor *s = &c->base;
    int r = c->request->plan->root_idmapped
                ? engine_rootfs_hold(&c->rootfs, s->workspace.root_fd, s->plan->process.workdir, s->failure)
                : 0;
    if (r == 0)
        r = workspace_make_workdir(&s->workspace, s->plan, s->failure);
    /* The engine's mount may know folders of lower layers that are in the upper one now. */
    if (r == 0 && c->rootfs.is_overlay)
        ignore(engine_rootfs_refresh(c->rootfs.root_fd));
    return r;
}

/* There is nothing to wait for: the payload may enter the mounts that it joins. */
static int creator_tell_assembled(void *role)
{
    struct creator *c = role;
    return sync_send(c->base.sync_fd, SYNC_ASSEMBLED, 0, c->base.failure);
}

static int creator_wait_until_ready(void *role)
{
    struct creator *c = role;
    int32_t execute_error = 0;
    int r = sync_wait(c->base.sync_fd, SYNC_READY, &execute_error, c->base.failure);
    c->base.payload_failed = r < 0 && execute_error != 0;
    return r;
}

static int creator_read_back(void *role)
{
    return creator_check_process(role);
}

static const struct step creator_steps[] = {
    {"open-host", supervisor_open_host},
    {"open-joined-namespaces", creator_open_namespaces},
    {"make-cgroup", supervisor_make_cgroup},
    {"enter-mount-namespace", creator_enter_mounts},
    {"find-root-file-system", creator_find_rootfs},
    {"take-range-ids", supervisor_take_range_ids},
    {"give-streams", creator_give_streams},
    {"clone-payload", supervisor_clone_payload},
    {"write-id-maps", creator_write_maps},
    {"make-workspace", supervisor_make_workspace}, /* and so on, while the payload makes its namespaces */
    {"mount-root-file-system", creator_mount_rootfs},
    {"prepare-mounts", creator_prepare_mounts},
    {"attach-first-mounts", creator_mount_first},
    {"wait-for-namespaces", supervisor_wait_for_namespaces},
    {"move-network-devices", creator_move_devices},
    {"attach-mounts", creator_mount_all},
    {"open-terminal", creator_open_terminal},
    {"mask-paths", supervisor_mask_paths},
    {"make-workdir", creator_make_workdir},
    {"run-hooks", creator_run_hooks},
    {"seal-root-file-system", supervisor_seal_rootfs},
    {"set-limits", creator_set_limits},
    {"return-to-root", supervisor_return_to_root},
    {"pivot", supervisor_pivot},
    {"leave-mount-namespace", supervisor_leave_mounts},
    {"wait-until-ready", creator_wait_until_ready},
    {"read-back", creator_read_back},
};

/* In a mount namespace by path: its mounts are another container's, and nothing is assembled. What a
 * configuration could ask of them is refused before (plan/oci.h). */
static const struct step guest_steps[] = {
    {"open-host", supervisor_open_host},
    {"open-joined-namespaces", creator_open_namespaces},
    {"make-cgroup", supervisor_make_cgroup},
    {"enter-mount-namespace", creator_enter_mounts},
    {"take-range-ids", supervisor_take_range_ids},
    {"give-streams", creator_give_streams},
    {"clone-payload", supervisor_clone_payload},
    {"write-id-maps", supervisor_write_maps},
    {"wait-for-namespaces", supervisor_wait_for_namespaces},
    {"move-network-devices", creator_move_devices},
    {"run-hooks", creator_run_hooks},
    {"set-limits", creator_set_limits},
    {"return-to-root", supervisor_return_to_root},
    {"tell-assembled", creator_tell_assembled},
    {"leave-mount-namespace", supervisor_leave_mounts},
    {"wait-until-ready", creator_wait_until_ready},
    {"read-back", creator_read_back},
};

int creator_run(const struct creator_request *request, struct creator_result *ret_result,
                struct failure *failure)
{
    static const struct step_table whole = {"creator", creator_steps, ARRAY_SIZE(creator_steps)};
    static const struct step_table guest = {"guest", guest_steps, ARRAY_SIZE(guest_steps)};
    const struct supervisor_request base = {
        .plan = &request->plan->start, .anchor = request->anchor, .cgroup = request->cgroup};
    struct creator c = {.base = SUPERVISOR_EMPTY,
                        .request = request,
                        .rootfs = ENGINE_ROOTFS_EMPTY,
                        .devices = NET_DEVICES_EMPTY};
    struct supervisor_result result;
    bool joins_mounts = request->plan->places[OCI_NAMESPACE_MOUNT] == OCI_PLACE_JOIN;
    c.base.request = &base;
    c.base.plan = base.plan;
    c.base.failure = failure;
    c.base.become_payload = creator_become_payload;
    c.base.workspace.top_only = true;
    int r = supervisor_walk(joins_mounts ? &guest : &whole, &c.base, &result);
    *ret_result = (struct creator_result){
        .pid = r < 0 ? 0 : result.pid,
        .pidfd = r < 0 ? -EBADF : result.pidfd,
        .tty_fd = r < 0 ? -EBADF : result.tty_fd,
        .sync_fd = r < 0 ? -EBADF : TAKE_FD(c.base.sync_fd),
        .cgroup = result.cgroup,
        .payload_failed = result.payload_failed,
        .error = result.error,
    };
    if (r < 0)
        net_devices_return(&c.devices, c.base.host.net);
    net_devices_close(&c.devices);
    creator_close_mounts(&c);
    supervisor_close(&c.base);
    return r;
}

int creator_commit(struct creator_result *result, struct failure *failure)
{
    int r = sync_send(result->sync_fd, SYNC_COMMIT, 0, failure);
    if (r == 0)
        (void)close(TAKE_FD(result->sync_fd));
    return r;
}

void creator_abandon(struct creator_result *result)
{
    struct failure ignored = {0};
    const int fds[] = {result->pidfd, result->tty_fd, result->sync_fd};
    process_end(result->pidfd);
    ignore(cgroup_remove(&result->cgroup, &ignored)); /* the failure to tell is the first */
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    result->pidfd = result->tty_fd = result->sync_fd = -EBADF;
}
