/* SPDX-License-Identifier: Apache-2.0 */
/* The payload role.
 * runs in:  the container's user and pid namespace; the other namespaces as its steps make them
 * power:    all capabilities of its own user namespace, none in the host's; a host id of the container's
 * range must not: keep a descriptor that the plan does not name; touch a path before "lock-mounts" */
#include "runtime/payload_role.h"

#include "kernel/mount.h"
#include "kernel/process.h"
#include "runtime/drop.h"
#include "runtime/steps.h"
#include "runtime/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

static int payload_guard(void *role)
{
    struct payload *p = role;
    /* Nothing of ours survives the supervisor; dumpable again once it has executed. prctl(2) */
    if ((!p->start->joined && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) || prctl(PR_SET_DUMPABLE, 0) < 0)
        return fail(&p->failure, -errno, "guarding the new process");
    return 0;
}

/* Before it makes a cgroup namespace, which is rooted where it is then. */
static int payload_join_cgroup(void *role)
{
    struct payload *p = role;
    return cgroup_enter(p->start->cgroup, &p->failure);
}

static int payload_wait_for_maps(void *role)
{
    struct payload *p = role;
    return sync_wait(p->sync_fd, SYNC_MAPPED, NULL, &p->failure);
}

static int payload_make_namespaces(void *role)
{
    struct payload *p = role;
    int r = process_unshare((int)p->start->new_namespaces);
    return r < 0 ? fail(&p->failure, r, "making namespaces") : 0;
}

static int payload_set_hostname(void *role)
{
    struct payload *p = role;
    const char *host = p->plan->hostname, *domain = p->plan->domainname;
    if (!(p->start->new_namespaces & CLONE_NEWUTS))
        return 0;
    if (host && sethostname(host, strlen(host)) < 0)
        return fail(&p->failure, -errno, "setting the host name %s", host);
    if (domain && setdomainname(domain, strlen(domain)) < 0)
        return fail(&p->failure, -errno, "setting the domain name %s", domain);
    return 0;
}

static int payload_tell_namespaces(void *role)
{
    struct payload *p = role;
    return sync_send(p->sync_fd, SYNC_NAMESPACES, 0, &p->failure);
}

static int payload_wait_for_tree(void *role)
{
    struct payload *p = role;
    return sync_wait(p->sync_fd, SYNC_ASSEMBLED, NULL, &p->failure);
}

/* The copy belongs to a lesser user namespace, so the kernel locks every mount and every flag in it:
 * mount_namespaces(7), "Restrictions on mount namespaces". */
static int payload_lock_mounts(void *role)
{
    struct payload *p = role;
    if (p->start->mount_fd >= 0)
        return payload_join_mounts(p);
    const struct payload_oci *oci = p->start->oci;
    int r = process_unshare(CLONE_NEWNS);
    if (r == 0 && chdir("/") < 0)
        r = -errno;
    if (r == 0 && oci && oci->plan->root_propagation != 0)
        r = mount_propagate("/", oci->plan->root_propagation);
    if (r < 0)
        return fail(&p->failure, r, "taking a mount namespace of its own");
    return sync_send(p->sync_fd, SYNC_LOCKED, 0, &p->failure);
}

/* The terminal by the name that programs know, when it is the one that is bound on /dev/console. */
static int payload_open_terminal(void)
{
    struct stat console, named;
    char path[32];
    autoclose int fd = open("/dev/console", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &console) < 0)
        return -errno;
    (void)snprintf(path, sizeof(path), "/dev/pts/%u", minor(console.st_rdev)); /* fits */
    autoclose int same = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
    if (same >= 0 && fstat(same, &named) == 0 && named.st_rdev == console.st_rdev &&
        named.st_dev == console.st_dev && fcntl(same, F_SETFL, 0) == 0)
        return TAKE_FD(same);
    return TAKE_FD(fd);
}

static int payload_start_session(void *role)
{
    struct payload *p = role;
    if (setsid() < 0)
        return fail(&p->failure, -errno, "starting a session");
    int streams[3] = {p->start->streams[0], p->start->streams[1], p->start->streams[2]};
    if (p->plan->process.tty && p->start->joined) {
        if (ioctl(streams[0], TIOCSCTTY, 0) < 0)
            return fail(&p->failure, -errno, "taking the terminal");
    } else if (p->plan->process.tty) {
        int fd = payload_open_terminal();
        if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0)
            return fail(&p->failure, fd < 0 ? fd : -errno, "opening the terminal");
        streams[0] = streams[1] = streams[2] = fd;
    }
    if (p->start->oci && !p->plan->process.tty)
        return 0; /* the engine's own, inherited */
    if (streams[0] < 0)
        streams[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < 3; i++)
        if (dup2(streams[i], i) < 0)
            return fail(&p->failure, -errno, "setting up stream %d", i);
    return 0;
}

static int payload_reset_signals(void *role)
{
    struct payload *p = role;
    sigset_t none;
    (void)sigemptyset(&none);
    for (int signal = 1; signal < NSIG; signal++)
        if (signal != SIGKILL && signal != SIGSTOP)
            (void)syscall(SYS_rt_sigaction, signal, &(struct {
                              void *handler;
                              unsigned long flags;
                              void *restorer;
                              unsigned long mask;
                          }){0},
                          NULL,
                          8UL); /* the two that libc keeps for itself too; an unknown number is no matter */
    if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
        return fail(&p->failure, -errno, "resetting signals");
    return 0;
}

static int payload_drop(void *role)
{
    struct payload *p = role;
    return privileges_drop(&p->plan->process, &p->failure);
}

static int payload_install_filter(void *role)
{
    struct payload *p = role;
    return privileges_filter(&p->plan->process, &p->failure);
}

static int payload_enter_workdir(void *role)
{
    struct payload *p = role;
    const char *workdir = p->plan->process.workdir;
    if (chdir(workdir) < 0)
        return fail(&p->failure, -errno, "entering the working directory %s", workdir);
    char path[4096];
    /* "(unreachable)" stands before a folder outside of this root: CVE-2024-21626. */
    if (syscall(SYS_getcwd, path, sizeof(path)) < 0 || path[0] != '/')
        return refuse(&p->failure, -EXDEV, "the working directory %s is outside of the container", workdir);
    return 0;
}

static int payload_close_descriptors(void *role)
{
    struct payload *p = role;
    if (p->start->oci)
        return payload_keep_descriptors(p, p->start->oci->preserve_fds);
    /* All but the channel, which goes by itself when execve(2) succeeds. The lowest free number keeps it one
     * call. */
    int fd = p->sync_fd == 3 ? 3 : dup3(p->sync_fd, 3, O_CLOEXEC);
    if (fd < 0)
        return fail(&p->failure, -errno, "moving the channel");
    p->sync_fd = fd;
    int r = process_close_from(4);
    if (r < 0)
        return fail(&p->failure, r, "closing descriptors");
    return 0;
}

static int payload_execute(void *role)
{
    struct payload *p = role;
    struct process_plan process = p->plan->process;
    if (p->environment.count > 0)
        process.environment = p->environment;
    if (process.listens)
        program_execute_mute(&process);
    p->execute_error = program_execute(&process, &p->failure);
    return p->execute_error;
}

static const struct step payload_steps[] = {
    {"guard", payload_guard},
    {"join-cgroup", payload_join_cgroup},
    {"wait-for-maps", payload_wait_for_maps},
    {"make-namespaces", payload_make_namespaces},
    {"set-hostname", payload_set_hostname},
    {"tell-namespaces", payload_tell_namespaces},
    {"wait-for-tree", payload_wait_for_tree},
    {"lock-mounts", payload_lock_mounts},
    {"start-session", payload_start_session},
    {"reset-signals", payload_reset_signals},
    {"close-descriptors", payload_close_descriptors},
    {"drop-privileges", payload_drop},
    {"enter-workdir", payload_enter_workdir},
    {"seal", payload_install_filter},
    {"execute", payload_execute},
};

/* A container that an OCI engine creates now and starts later. */
static const struct step created_steps[] = {
    {"guard", payload_guard},
    {"join-cgroup", payload_join_cgroup},
    {"wait-for-maps", payload_wait_for_maps},
    {"make-namespaces", payload_make_namespaces},
    {"set-hostname", payload_set_hostname},
    {"tell-namespaces", payload_tell_namespaces},
    {"wait-for-tree", payload_wait_for_tree},
    {"lock-mounts", payload_lock_mounts},
    {"start-session", payload_start_session},
    {"reset-signals", payload_reset_signals},
    {"set-attributes", payload_set_attributes},
    {"close-descriptors", payload_close_descriptors},
    {"drop-privileges", payload_drop},
    {"enter-workdir", payload_enter_workdir},
    {"find-home", payload_find_home},
    {"find-program", payload_find_program},
    {"tell-ready", payload_tell_ready},
    {"wait-for-start", payload_wait_for_start},
    {"run-start-hooks", payload_run_start_hooks},
    {"seal", payload_install_filter},
    {"execute", payload_execute},
};

static const struct step exec_steps[] = {
    {"guard", payload_guard},
    {"wait-for-scheduling", payload_wait_for_scheduling},
    {"start-session", payload_start_session},
    {"reset-signals", payload_reset_signals},
    {"set-attributes", payload_set_attributes},
    {"close-descriptors", payload_close_descriptors},
    {"drop-privileges", payload_drop},
    {"enter-workdir", payload_enter_workdir},
    {"find-home", payload_find_home},
    {"find-program", payload_find_program},
    {"wait-for-hold", payload_wait_for_hold},
    {"seal", payload_install_filter},
    {"execute", payload_execute},
};

/* Whoever asked for the start reads this from the FIFO, and whoever asks later from the file. Nothing can be
 * done when that fails; the file is the second, because RLIMIT_FSIZE may end this process there. */
static void payload_answer(const struct payload *p)
{
    ssize_t n = write(p->answer_fd, &p->failure, sizeof(p->failure));
    n = write(p->reason_fd, &p->failure, sizeof(p->failure));
    (void)n;
}

_Noreturn void payload_run(const struct payload_start *start)
{
    static const struct step_table first = {"payload", payload_steps, ARRAY_SIZE(payload_steps)};
    static const struct step_table created = {"created", created_steps, ARRAY_SIZE(created_steps)};
    static const struct step_table added = {"exec", exec_steps, ARRAY_SIZE(exec_steps)};
    struct payload p = {.start = start,
                        .plan = start->plan,
                        .sync_fd = start->sync_fd,
                        .start_fd = start->oci ? start->oci->start_fd : -EBADF,
                        .answer_fd = start->oci ? start->oci->answer_fd : -EBADF,
                        .reason_fd = start->oci ? start->oci->reason_fd : -EBADF};
    const struct step_table *table = start->joined ? &added : start->oci ? &created : &first;
    ignore(steps_run(table, &p, &p.failure)); /* it only comes back when something failed */
    if (p.committed)
        payload_answer(&p);
    else
        sync_send_failure(p.sync_fd, &p.failure, p.execute_error);
    _exit(p.execute_error == -ENOENT ? 127 : 126);
}
