/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/relay.h"

#include "kernel/file.h"
#include "kernel/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>

#define CHUNK 4096

struct relay {
    int signals, pidfd, tty_fd;
    bool input_open, is_raw, ended;
    const struct relay_watch *watch; /* NULL: nothing more */
    struct failure *failure;
    struct termios before;
};

int relay_begin(int *ret_signals, struct failure *failure)
{
    sigset_t all;
    (void)sigfillset(&all);
    (void)sigdelset(&all, SIGURG);
    (void)sigdelset(&all, SIGPIPE);
    (void)sigdelset(&all, SIGSEGV);
    (void)sigdelset(&all, SIGBUS);
    (void)sigdelset(&all, SIGFPE);
    (void)sigdelset(&all, SIGILL);
    if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
        return fail(failure, -errno, "blocking signals");
    *ret_signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    return *ret_signals < 0 ? fail(failure, -errno, "waiting for signals") : 0;
}

static void relay_take_size(const struct relay *r)
{
    struct winsize size;
    if (r->tty_fd >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
        (void)ioctl(r->tty_fd, TIOCSWINSZ, &size); /* a size that is not taken is no reason to end */
}

static void relay_pass_signals(struct relay *r)
{
    struct signalfd_siginfo info;
    while (read(r->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGWINCH && r->tty_fd >= 0)
            relay_take_size(r);
        else if (info.ssi_signo != SIGCHLD)
            ignore(process_signal(r->pidfd, (int)info.ssi_signo)); /* it may have ended */
    }
}

/* 0 at the end of what is there. */
static ssize_t relay_copy(int from, int to)
{
    char bytes[CHUNK];
    ssize_t n = read(from, bytes, sizeof(bytes));
    if (n > 0 && fd_write_all(to, bytes, (size_t)n) < 0)
        return 0;
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? 1 : n;
}

static void relay_raw(struct relay *r)
{
    struct termios raw;
    if (r->tty_fd < 0 || tcgetattr(STDIN_FILENO, &r->before) < 0)
        return;
    raw = r->before;
    cfmakeraw(&raw);
    r->is_raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static int relay_turn(struct relay *r)
{
    struct pollfd fds[] = {{.fd = r->signals, .events = POLLIN},
                           {.fd = r->ended ? -1 : r->pidfd, .events = POLLIN},
                           {.fd = r->tty_fd, .events = POLLIN},
                           {.fd = r->input_open ? STDIN_FILENO : -1, .events = POLLIN},
                           {.fd = r->watch ? r->watch->fd : -1, .events = POLLIN}};
    /* After its end the terminal is only emptied. */
    int n = poll(fds, ARRAY_SIZE(fds), r->ended ? 0 : -1);
    if (n < 0)
        return errno == EINTR ? 1 : -errno;
    if (fds[0].revents)
        relay_pass_signals(r);
    if (fds[2].revents && relay_copy(r->tty_fd, STDOUT_FILENO) <= 0)
        r->tty_fd = -EBADF;
    if (fds[3].revents && r->tty_fd >= 0 && relay_copy(STDIN_FILENO, r->tty_fd) <= 0)
        r->input_open = false;
    if (fds[4].revents) {
        int done = r->watch->take(r->watch->context, r->failure);
        if (done < 0)
            return done;
        r->watch = done > 0 ? NULL : r->watch;
    }
    r->ended |= fds[1].revents != 0;
    return !r->ended || (r->tty_fd >= 0 && fds[2].revents);
}

int relay_run(int signals, int pidfd, int tty_fd, struct failure *failure)
{
    return relay_run_watching(signals, pidfd, tty_fd, NULL, failure);
}

int relay_run_watching(int signals, int pidfd, int tty_fd, const struct relay_watch *watch,
                       struct failure *failure)
{
    struct relay r = {.signals = signals,
                      .pidfd = pidfd,
                      .tty_fd = tty_fd,
                      .input_open = tty_fd >= 0,
                      .watch = watch,
                      .failure = failure};
    relay_raw(&r);
    relay_take_size(&r);
    int more;
    do
        more = relay_turn(&r);
    while (more > 0);
    if (r.is_raw)
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &r.before); /* as it was, as far as that goes */
    if (more < 0)
        return fail(failure, more, "waiting for the process");
    int status = process_wait(pidfd);
    return status < 0 ? fail(failure, status, "waiting for the process") : status;
}
