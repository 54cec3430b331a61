/* SPDX-License-Identifier: Apache-2.0 */
/* The hook role.
 * runs in:  the runtime's namespaces, or the container's but for the mounts, or all of the container's
 * power:    of whoever calls: the engine trusts its hooks as itself
 * must not: leave a process behind when it does not end in time */
#include "runtime/hook.h"

#include "kernel/credentials.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "runtime/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define OUTPUT_SHOWN 400
#define JOINED (CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

static int hook_make_input(const char *state)
{
    autoclose int fd = memfd_create("state", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = fd_write_all(fd, state, strlen(state));
    if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
        r = -errno;
    return r < 0 ? r : TAKE_FD(fd);
}

_Noreturn static void hook_execute(const struct oci_hook *hook, int in, int out)
{
    char *const alone[] = {hook->path, NULL};
    char *const nothing[] = {NULL};
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || process_close_from(3) < 0)
        _exit(126);
    (void)execve(hook->path, hook->args.count ? hook->args.items : alone,
                 hook->environment.count ? hook->environment.items : nothing);
    dprintf(2, "%s: %s", hook->path, strerror(errno));
    _exit(127);
}

static int hook_wait(const struct oci_hook *hook, int pidfd)
{
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    int64_t seconds = hook->timeout_seconds.given ? hook->timeout_seconds.value : -1;
    int timeout_ms = seconds < 0 ? -1 : seconds > 2000000 ? 2000000000 : (int)seconds * 1000;
    int n;
    do
        n = poll(&ended, 1, timeout_ms);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        return -ETIMEDOUT;
    return n < 0 ? -errno : process_wait(pidfd);
}

static int hook_fail(const struct oci_hook *hook, const char *where, int status, int out,
                     struct failure *failure)
{
    char said[OUTPUT_SHOWN + 1] = "";
    off_t size = lseek(out, 0, SEEK_END);
    ssize_t n = pread(out, said, OUTPUT_SHOWN, size > OUTPUT_SHOWN ? size - OUTPUT_SHOWN : 0);
    said[n > 0 ? n : 0] = '\0';
    if (status == -ETIMEDOUT)
        return refuse(failure, status, "%s: %s did not end within %lld s", where, hook->path,
                      (long long)hook->timeout_seconds.value);
    if (status < 0)
        return fail(failure, status, "%s: %s", where, hook->path);
    return refuse(failure, -ECANCELED, "%s: %s ended with status %d%s%s", where, hook->path, status,
                  said[0] ? ": " : "", said);
}

static int hook_run(const struct oci_hooks *hooks, size_t index, const char *name, int in,
                    struct failure *failure)
{
    const struct oci_hook *hook = &hooks->items[index];
    char where[64];
    (void)snprintf(where, sizeof(where), "hooks.%s[%zu]", name, index); /* fits */
    autoclose int out = memfd_create("output", MFD_CLOEXEC);
    if (out < 0 || lseek(in, 0, SEEK_SET) < 0)
        return fail(failure, -errno, "%s", where);
    int pidfd = -EBADF;
    pid_t pid = process_clone(0, -EBADF, &pidfd);
    if (pid == 0)
        hook_execute(hook, in, out);
    if (pid < 0)
        return fail(failure, pid, "%s", where);
    int status = hook_wait(hook, pidfd);
    if (status < 0)
        process_end(pidfd);
    (void)close(pidfd);
    return status == 0 ? 0 : hook_fail(hook, where, status, out, failure);
}

static int hook_enter(const struct hook_place *place)
{
    int r = credentials_set_group(place->gid);
    if (r == 0)
        r = credentials_set_user(place->uid);
    if (r == 0 && place->mount_ns >= 0)
        r = process_enter(place->mount_ns, CLONE_NEWNS);
    if (r == 0 && place->pidfd >= 0)
        r = process_enter(place->pidfd, JOINED | (place->has_user ? CLONE_NEWUSER : 0));
    return r == 0 ? credentials_default_securebits() : r;
}

_Noreturn static void hooks_child(const struct oci_hooks *hooks, const char *name,
                                  const struct hook_place *place, int in, int report)
{
    struct failure failure = {0};
    int r = place ? hook_enter(place) : 0;
    if (r == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        r = -errno;
    if (r < 0)
        ignore(fail(&failure, r, "hooks.%s: entering their namespaces", name));
    for (size_t i = 0; r == 0 && i < hooks->count; i++)
        r = hook_run(hooks, i, name, in, &failure);
    if (r < 0)
        sync_send_failure(report, &failure, 0);
    _exit(r < 0);
}

int hooks_run(const struct oci_hooks *hooks, const char *name, const char *state,
              const struct hook_place *place, struct failure *failure)
{
    int pair[2], pidfd = -EBADF;
    if (hooks->count == 0)
        return 0;
    autoclose int in = hook_make_input(state);
    int r = in < 0 ? in : sync_make(pair);
    if (r < 0)
        return fail(failure, r, "hooks.%s", name);
    autoclose int ours = pair[0], theirs = pair[1];
    pid_t pid = process_clone(0, -EBADF, &pidfd);
    if (pid == 0)
        hooks_child(hooks, name, place, in, theirs);
    if (pid < 0)
        return fail(failure, pid, "hooks.%s", name);
    (void)close(TAKE_FD(theirs));
    r = sync_wait_end(ours, NULL, failure);
    int status = process_wait(pidfd);
    (void)close(pidfd);
    return r == 0 && status != 0 ? refuse(failure, -ECANCELED, "hooks.%s: they were ended", name) : r;
}
