/* SPDX-License-Identifier: Apache-2.0 */
/* The joiner role.
 * runs in:  the host's namespaces until "join-namespaces", then the container's, but never its pid namespace
 * power:    host root's capabilities until "join-namespaces", all of the container's user namespace after it
 * must not: run anything; live longer than the clone of the process it was made for */
#include "runtime/exec.h"

#include "kernel/credentials.h"
#include "kernel/process.h"
#include "runtime/attributes.h"
#include "runtime/limits.h"
#include "runtime/payload.h"
#include "runtime/steps.h"
#include "runtime/sync.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

struct joiner {
    const struct exec_plan *plan;
    int sync_fd;
    struct failure failure;
};

/* Of the v2 group it is a member since its birth. */
static int joiner_join_cgroup(void *role)
{
    struct joiner *j = role;
    return cgroup_enter(j->plan->cgroup, &j->failure);
}

static int joiner_take_ids(void *role)
{
    struct joiner *j = role;
    int r = credentials_keep_capabilities();
    if (r == 0)
        r = credentials_set_groups(NULL, 0);
    if (r == 0)
        r = credentials_set_group(j->plan->gid);
    if (r == 0)
        r = credentials_set_user(j->plan->uid);
    if (r == 0 && prctl(PR_SET_DUMPABLE, 0) < 0)
        r = -errno;
    return r < 0 ? fail(&j->failure, r, "becoming %u:%u", j->plan->uid, j->plan->gid) : 0;
}

static int joiner_set_limits(void *role)
{
    struct joiner *j = role;
    const struct process_plan *process = j->plan->process;
    for (size_t i = 0; i < process->rlimit_count; i++) {
        struct rlimit own, value = {process->rlimits[i].soft, process->rlimits[i].hard};
        if (j->plan->oci && getrlimit((__rlimit_resource_t)process->rlimits[i].resource, &own) == 0 &&
            own.rlim_max < value.rlim_max && prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE) != 1) {
            value.rlim_max = own.rlim_max; /* what nobody here may raise */
            value.rlim_cur = value.rlim_cur > own.rlim_max ? own.rlim_max : value.rlim_cur;
        }
        if (setrlimit((__rlimit_resource_t)process->rlimits[i].resource, &value) < 0)
            return fail(&j->failure, -errno, "setting resource limit %d", process->rlimits[i].resource);
    }
    /* The new process inherits it: not what the engine gave to itself. */
    if (j->plan->oci && process->has_oom_score_adj)
        return limits_set_oom_score(j->plan->oci->proc_fd, getpid(), process->oom_score_adj, true,
                                    &j->failure);
    return 0;
}

static int joiner_set_processors(void *role)
{
    struct joiner *j = role;
    const struct payload_oci *oci = j->plan->oci;
    return oci ? attributes_set_processors(oci->process->affinity_final, &j->failure) : 0;
}

static int joiner_join(void *role)
{
    struct joiner *j = role;
    int all = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWPID;
    all |= j->plan->no_user_namespace ? 0 : CLONE_NEWUSER;
    all |= j->plan->oci ? CLONE_NEWTIME : 0;
    int r = process_enter(j->plan->pidfd, all);
    if (r == -EPERM) /* an ordinary user's engine: what is the host's is shared and not his to enter */
        r = process_enter(j->plan->pidfd, all & ~process_shared_namespaces(j->plan->pidfd, all));
    if (r == -ESRCH)
        return refuse(&j->failure, r, "the container is not running");
    return r < 0 ? fail(&j->failure, r, "joining the container's namespaces") : 0;
}

/* The new process is the caller's child, not this one's: it can be waited for. */
static int joiner_clone(void *role)
{
    struct joiner *j = role;
    int pidfd = -EBADF;
    pid_t pid = process_clone(CLONE_PARENT, -EBADF, &pidfd);
    if (pid < 0)
        return fail(&j->failure, pid, "cloning the process");
    if (pid > 0)
        return sync_send(j->sync_fd, SYNC_NAMESPACES, pid, &j->failure);
    const struct start_plan plan = {.process = *j->plan->process};
    struct payload_start start = {
        .plan = &plan,
        .oci = j->plan->oci,
        .sync_fd = j->sync_fd,
        .mount_fd = -EBADF,
        .streams = {j->plan->streams[0], j->plan->streams[1], j->plan->streams[2]},
        .joined = true,
    };
    payload_run(&start);
}

static const struct step joiner_steps[] = {
    {"join-cgroup", joiner_join_cgroup},       {"set-limits", joiner_set_limits},
    {"set-processors", joiner_set_processors}, {"take-ids", joiner_take_ids},
    {"join-namespaces", joiner_join},          {"clone-process", joiner_clone},
};

_Noreturn static void joiner_run(const struct exec_plan *plan, int sync_fd)
{
    static const struct step_table table = {"joiner", joiner_steps, ARRAY_SIZE(joiner_steps)};
    struct joiner j = {.plan = plan, .sync_fd = sync_fd};
    if (steps_run(&table, &j, &j.failure) < 0) {
        sync_send_failure(sync_fd, &j.failure, 0);
        _exit(1);
    }
    _exit(0);
}

/* From before its filter to its execve(2): listener.h. */
static int exec_follow(const struct exec_plan *plan, int sync_fd, struct exec_started *started,
                       struct failure *failure)
{
    struct listener_start start = *plan->listener;
    struct listener_end end = {0};
    int32_t execute_error = 0;
    start.pid = started->pid;
    start.pidfd = started->pidfd;
    int r = listener_hold(start.pid, failure);
    bool held = r == 0;
    if (r == 0)
        r = sync_send(sync_fd, SYNC_COMMIT, 0, failure);
    if (r == 0)
        r = listener_follow(&start, &end, failure);
    if (r < 0 && (!held || end.ended_early))
        sync_prefer_failure(sync_fd, failure, &execute_error);
    started->error = end.execute_error != 0 ? end.execute_error : execute_error;
    started->payload_failed = started->error != 0;
    return r;
}

/* By whoever has the host's rights, and on the process itself: SCHED_DEADLINE and what is reset by fork(2)
 * are not inherited. */
static int exec_set_scheduling(const struct exec_plan *plan, pid_t pid, int sync_fd, struct failure *failure)
{
    if (!plan->oci || !attributes_has_scheduling(plan->oci->process))
        return 0;
    int r = attributes_set_scheduling(plan->oci->process, pid, failure);
    return r < 0 ? r : sync_send(sync_fd, SYNC_SCHEDULED, 0, failure);
}

static int exec_wait(const struct exec_plan *plan, int sync_fd, struct exec_started *started,
                     struct failure *failure)
{
    int32_t pid = 0, execute_error = 0;
    int r = sync_wait(sync_fd, SYNC_NAMESPACES, &pid, failure);
    if (r < 0) { /* the new process may have failed before the joiner could say what its pid is */
        started->error = pid < 0 ? pid : 0;
        started->payload_failed = pid < 0;
        return r;
    }
    started->pid = pid;
    started->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (started->pidfd < 0)
        return fail(failure, -errno, "opening the new process");
    r = exec_set_scheduling(plan, pid, sync_fd, failure);
    if (r == 0 && plan->process->listens)
        return exec_follow(plan, sync_fd, started, failure);
    if (r == 0)
        r = sync_wait_end(sync_fd, &execute_error, failure);
    if (r < 0) {
        started->payload_failed = execute_error != 0;
        started->error = execute_error;
    }
    return r;
}

/* execCPUAffinity.initial: what a process has that is born into the container's group comes from its parent.
 */
static pid_t exec_clone(const struct exec_plan *plan, int *ret_pidfd, struct failure *failure)
{
    const char *initial = plan->oci ? plan->oci->process->affinity_initial : NULL;
    cpu_set_t before;
    int r = initial && sched_getaffinity(0, sizeof(before), &before) < 0
                ? fail(failure, -errno, "process.execCPUAffinity")
                : attributes_set_processors(initial, failure);
    if (r < 0)
        return r;
    pid_t pid = process_clone(0, plan->cgroup->v2_fd, ret_pidfd);
    if (pid != 0 && initial)
        (void)sched_setaffinity(0, sizeof(before), &before); /* the runtime's own: no one else's matter */
    return pid < 0 ? fail(failure, pid, "cloning a process to join the container") : pid;
}

int exec_run(const struct exec_plan *plan, struct exec_started *ret_started, struct failure *failure)
{
    struct exec_started started = {.pidfd = -EBADF};
    int pair[2], joiner_fd = -EBADF;
    int r = plan->oci ? attributes_check_labels(plan->oci->process, failure) : 0;
    if (r < 0)
        return r;
    r = sync_make(pair);
    if (r < 0)
        return fail(failure, r, "making a channel");
    autoclose int ours = pair[0], theirs = pair[1];
    pid_t pid = exec_clone(plan, &joiner_fd, failure);
    if (pid == 0) {
        (void)close(TAKE_FD(ours));
        joiner_run(plan, TAKE_FD(theirs));
    }
    if (pid < 0)
        return pid;
    autoclose int joiner = joiner_fd;
    (void)close(TAKE_FD(theirs));
    r = exec_wait(plan, ours, &started, failure);
    if (r < 0) {
        process_end(started.pidfd);
        process_end(joiner);
        if (started.pidfd >= 0)
            (void)close(TAKE_FD(started.pidfd));
    } else {
        ignore(process_wait(joiner)); /* it has nothing left to say */
    }
    *ret_started = started;
    return r;
}
