/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/relay_signals.h"

#include <errno.h>
#include <sys/signalfd.h>

enum relay_signal_meaning relay_signal_meaning(int signal)
{
    switch (signal) {
    case SIGWINCH:
        return SIGNAL_RESIZED;
    case SIGTSTP:
        return SIGNAL_STOP;
    case SIGCONT:
        return SIGNAL_GO_ON;
    case SIGHUP:
    case SIGINT:
    case SIGQUIT:
    case SIGTERM:
        return SIGNAL_ENDS;
    case SIGUSR1:
    case SIGUSR2:
    case SIGALRM:
    case SIGVTALRM:
    case SIGPROF:
    case SIGIO:
    case SIGPWR:
        return SIGNAL_PROXIED;
    default:
        return signal >= SIGRTMIN && signal <= SIGRTMAX ? SIGNAL_PROXIED : SIGNAL_OTHER;
    }
}

int relay_signals_init(struct relay_signals *s, bool proxied)
{
    sigset_t ours;
    (void)sigemptyset(&ours); /* these cannot fail for signals that there are */
    for (int signal = 1; signal <= SIGRTMAX; signal++) {
        enum relay_signal_meaning meaning = relay_signal_meaning(signal);
        if (meaning != SIGNAL_OTHER && (meaning != SIGNAL_PROXIED || proxied))
            (void)sigaddset(&ours, signal);
    }
    autoclose int fd = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (sigaction(SIGPIPE, &ignore, &s->saved_pipe) < 0)
        return -errno;
    if (sigprocmask(SIG_BLOCK, &ours, &s->saved_mask) < 0)
        return -errno;
    s->fd = TAKE_FD(fd);
    return 0;
}

int relay_signals_next(const struct relay_signals *s)
{
    struct signalfd_siginfo info;
    ssize_t n = read(s->fd, &info, sizeof(info));
    return n == (ssize_t)sizeof(info) ? (int)info.ssi_signo : 0;
}

void relay_signals_close(struct relay_signals *s)
{
    if (s->fd < 0)
        return;
    (void)close(s->fd); /* what is pending takes its ordinary effect now */
    s->fd = -EBADF;
    (void)sigaction(SIGPIPE, &s->saved_pipe, NULL); /* both were valid before */
    (void)sigprocmask(SIG_SETMASK, &s->saved_mask, NULL);
}
