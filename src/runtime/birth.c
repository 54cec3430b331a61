/* SPDX-License-Identifier: Apache-2.0 */
/* How a payload comes to be. One that gets a user namespace of its own is born in it; for one that shares a
 * user namespace a forerunner goes there first, and clones it.
 * The forerunner role.
 * runs in:  the supervisor's namespaces, then those that the payload shares, but never in its pid namespace
 * power:    the supervisor's until "join-user-namespace", all of the shared user namespace's after it
 * must not: run anything; live longer than the clone of the payload */
#include "runtime/supervisor_role.h"

#include "kernel/process.h"
#include "runtime/sync.h"

#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

struct forerunner {
    struct supervisor *supervisor;
    int payload_fd; /* the payload's end of the supervisor's channel */
    int report_fd;
    struct failure failure;
};

/* Whoever is in the shared user namespace already has no power over it. ptrace(2), "PTRACE_MODE" */
static int forerunner_guard(void *role)
{
    struct forerunner *f = role;
    return prctl(PR_SET_DUMPABLE, 0) < 0 ? fail(&f->failure, -errno, "guarding a process") : 0;
}

/* First, since some are the host's user namespace's; that of the pids counts for the payload alone. */
static int forerunner_join(void *role)
{
    struct forerunner *f = role;
    return namespaces_enter(&f->supervisor->namespaces, &f->failure);
}

static int forerunner_join_user(void *role)
{
    struct forerunner *f = role;
    int r = process_enter(f->supervisor->namespaces.joined[OCI_NAMESPACE_USER], CLONE_NEWUSER);
    return r < 0 ? fail(&f->failure, r, "joining a user namespace") : 0;
}

/* A sibling: the supervisor is its parent. It is born where this process is, in its control group too. */
static int forerunner_clone(void *role)
{
    struct forerunner *f = role;
    int pidfd = -EBADF;
    pid_t pid = process_clone(f->supervisor->namespaces.first | CLONE_PARENT, -EBADF, &pidfd);
    if (pid == 0) {
        (void)close(f->report_fd);
        f->supervisor->become_payload(f->supervisor, f->payload_fd);
    }
    return pid < 0 ? fail(&f->failure, pid, "cloning the payload")
                   : sync_send(f->report_fd, SYNC_CLONED, pid, &f->failure);
}

static const struct step forerunner_steps[] = {
    {"guard", forerunner_guard},
    {"join-namespaces", forerunner_join},
    {"join-user-namespace", forerunner_join_user},
    {"clone-payload", forerunner_clone},
};

_Noreturn static void forerunner_run(struct supervisor *s, int payload_fd, int report_fd)
{
    static const struct step_table table = {"forerunner", forerunner_steps, ARRAY_SIZE(forerunner_steps)};
    struct forerunner f = {.supervisor = s, .payload_fd = payload_fd, .report_fd = report_fd};
    if (steps_run(&table, &f, &f.failure) < 0) {
        sync_send_failure(report_fd, &f.failure, 0);
        _exit(1);
    }
    _exit(0);
}

/* Before either of them does anything: with a copy of the supervisor's end here, its death would not be seen.
 */
static void birth_close_ours(struct supervisor *s)
{
    (void)close(TAKE_FD(s->sync_fd));
}

static int birth_by_forerunner(struct supervisor *s, int payload_fd)
{
    int32_t pid = 0;
    int pair[2], forerunner = -EBADF;
    int r = sync_make(pair);
    if (r < 0)
        return fail(s->failure, r, "making a channel");
    autoclose int ours = pair[0], theirs = pair[1];
    pid_t cloned = process_clone(0, s->cgroup.v2_fd, &forerunner);
    if (cloned == 0) {
        birth_close_ours(s);
        (void)close(TAKE_FD(ours));
        forerunner_run(s, payload_fd, TAKE_FD(theirs));
    }
    if (cloned < 0)
        return fail(s->failure, cloned, "cloning a process that joins a user namespace");
    (void)close(TAKE_FD(theirs));
    r = sync_wait(ours, SYNC_CLONED, &pid, s->failure);
    ignore(process_wait(forerunner)); /* it has nothing left to say */
    (void)close(forerunner);
    if (r < 0) {
        (void)close(TAKE_FD(s->sync_fd)); /* a payload that nobody knows of ends by that */
        return r;
    }
    s->pid = pid;
    s->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    return s->pidfd < 0 ? fail(s->failure, -errno, "opening the payload") : 0;
}

static int birth_direct(struct supervisor *s, int payload_fd)
{
    int r = namespaces_enter(&s->namespaces, s->failure);
    if (r < 0)
        return r;
    s->pid = process_clone(s->namespaces.first, s->cgroup.v2_fd, &s->pidfd);
    if (s->pid == 0) {
        birth_close_ours(s);
        s->become_payload(s, payload_fd);
    }
    if (s->pid < 0)
        return fail(s->failure, s->pid, "cloning the payload");
    return namespaces_leave(&s->namespaces, s->failure);
}

/* The child never has an id that is not the container's, so the clone is made with the user's. */
int supervisor_clone_payload(void *role)
{
    struct supervisor *s = role;
    uid_t uid;
    gid_t gid;
    int pair[2];
    int r = sync_make(pair);
    if (r < 0)
        return fail(s->failure, r, "making a channel to the payload");
    autoclose int theirs = pair[1];
    s->sync_fd = pair[0];
    r = supervisor_find_user(s, &uid, &gid);
    if (r == 0)
        r = supervisor_become(s, uid, gid);
    if (r == 0)
        r = s->namespaces.joined[OCI_NAMESPACE_USER] >= 0 ? birth_by_forerunner(s, theirs)
                                                          : birth_direct(s, theirs);
    if (r < 0)
        return r;
    streams_close_payload(&s->streams);
    return supervisor_become(s, s->plan->host_base, s->plan->host_group_base);
}
