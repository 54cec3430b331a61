/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* What a terminal, a service manager or a broken socket sends must not end it: the payload gets its own
 * signals, and the monitor ends when the payload has. Nothing is forwarded: who wants the payload signalled,
 * signals it. */
static const int ignored_signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM,
                                      SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU};

static int set_mask_and_children(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t none;
    (void)sigemptyset(&none); /* cannot fail */
    if (sigaction(SIGCHLD, &action, NULL) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
        return -errno;
    return 0;
}

void confine_restore_signals(void)
{
    /* Not by sigaction(3), which refuses the two signals that the C library keeps for itself: whoever started
     * the engine may have left them ignored. All zero is SIG_DFL in the kernel's struct (32 bytes at most).
     */
    static const uint64_t default_action[4];
    for (int signal = 1; signal < NSIG; signal++)
        (void)syscall(SYS_rt_sigaction, signal, default_action, NULL,
                      sizeof(uint64_t)); /* SIGKILL and SIGSTOP refuse */
    (void)!set_mask_and_children();      /* the next program then starts with what there is */
}

static int confine_signals(const struct monitor_settings *s)
{
    (void)s;
    /* The supervisor dies with the command that started it; the monitor outlives it. */
    if (prctl(PR_SET_PDEATHSIG, 0L, 0L, 0L, 0L) < 0)
        return -errno;
    struct sigaction action = {.sa_handler = SIG_IGN};
    for (size_t i = 0; i < ARRAY_SIZE(ignored_signals); i++)
        if (sigaction(ignored_signals[i], &action, NULL) < 0)
            return -errno;
    return set_mask_and_children();
}

static int confine_session(const struct monitor_settings *s)
{
    (void)s;
    (void)
        setsid(); /* a group's leader stays in its session: no signal of that ends it, no terminal is used */
    (void)umask(077); /* always succeeds */
    return chdir("/") < 0 ? -errno : 0;
}

static int confine_standard_streams(const struct monitor_settings *s)
{
    (void)s;
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    for (int i = 0; i <= STDERR_FILENO; i++)
        if (fd != i && dup2(fd, i) < 0)
            return -errno;
    if (fd > STDERR_FILENO)
        (void)close(fd); /* only a copy */
    return 0;
}

/* The lowest declared descriptor that is at least `from`, or -1. */
static int next_fd(const struct monitor_settings *s, int from)
{
    int next = -1;
    for (int i = 0; i < MONITOR_FD_COUNT; i++)
        if (s->fds[i] >= from && (next < 0 || s->fds[i] < next))
            next = s->fds[i];
    return next;
}

static int confine_descriptors(const struct monitor_settings *s)
{
    unsigned from = STDERR_FILENO + 1;
    for (int fd = next_fd(s, (int)from); fd >= 0; fd = next_fd(s, fd + 1)) {
        if ((unsigned)fd > from && syscall(SYS_close_range, from, (unsigned)fd - 1, 0) < 0)
            return -errno;
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
            return -errno;
        from = (unsigned)fd + 1;
    }
    return syscall(SYS_close_range, from, ~0U, 0) < 0 ? -errno : 0;
}

static int confine_blocking(const struct monitor_settings *s)
{
    static const enum monitor_fd streams[] = {MONITOR_FD_TTY, MONITOR_FD_STDIN, MONITOR_FD_STDOUT,
                                              MONITOR_FD_STDERR, MONITOR_FD_LISTEN};
    for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
        int fd = s->fds[streams[i]];
        int flags = fd < 0 ? 0 : fcntl(fd, F_GETFL);
        if (flags < 0 || (fd >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0))
            return -errno;
    }
    return 0;
}

static int confine_memory(const struct monitor_settings *s)
{
    (void)s;
    return prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) < 0 ? -errno : 0;
}

static int confine_capabilities(const struct monitor_settings *s)
{
    (void)s;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    /* The payload's death signal is sent with the credentials of its dying parent: without CAP_KILL a payload
     * of another uid would outlive a monitor that was killed. */
    struct __user_cap_data_struct kill_only[_LINUX_CAPABILITY_U32S_3] = {
        {.effective = 1U << CAP_KILL, .permitted = 1U << CAP_KILL},
    };
    return syscall(SYS_capset, &header, kill_only) < 0 ? -errno : 0;
}

#ifdef UNROOT_TEST_HOOKS
/* What the step suite asks for: the step fails, or the process ends here. */
static int sabotage(const char *step)
{
    char name[64];
    const char *fails = getenv("UNROOT_FAIL_STEP"), *kills = getenv("UNROOT_KILL_STEP");
    (void)snprintf(name, sizeof(name), "monitor/%s", step); /* the names are ours and short */
    if (kills && strcmp(kills, name) == 0)
        (void)raise(SIGKILL);
    return fails && strcmp(fails, name) == 0 ? -EIO : 0;
}
#else
static int sabotage(const char *step)
{
    (void)step;
    return 0;
}
#endif

int confine_enter(const struct monitor_settings *s, struct confine_result *ret_result)
{
    static const struct {
        const char *name;
        int (*run)(const struct monitor_settings *);
    } steps[] = {
        {"signals", confine_signals},
        {"session", confine_session},
        {"descriptors", confine_descriptors},
        {"blocking", confine_blocking},
        {"memory", confine_memory},
        {"capabilities", confine_capabilities},
        {"standard-streams", confine_standard_streams}, /* last: until then a failure can be said */
    };
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        int r = sabotage(steps[i].name);
        if (r == 0)
            r = steps[i].run(s);
        if (r < 0) {
            *ret_result = (struct confine_result){steps[i].name, r};
            return r;
        }
    }
    return 0;
}
