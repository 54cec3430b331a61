/* SPDX-License-Identifier: Apache-2.0 */
#include "init/signals.h"

#include "init/files.h"

#include <errno.h>
#include <fcntl.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const struct {
    const char *name;
    int number;
} names[] = {
    {"HUP", SIGHUP},   {"INT", SIGINT},       {"QUIT", SIGQUIT}, {"ILL", SIGILL},       {"TRAP", SIGTRAP},
    {"ABRT", SIGABRT}, {"BUS", SIGBUS},       {"FPE", SIGFPE},   {"KILL", SIGKILL},     {"USR1", SIGUSR1},
    {"SEGV", SIGSEGV}, {"USR2", SIGUSR2},     {"PIPE", SIGPIPE}, {"ALRM", SIGALRM},     {"TERM", SIGTERM},
    {"CHLD", SIGCHLD}, {"CONT", SIGCONT},     {"STOP", SIGSTOP}, {"TSTP", SIGTSTP},     {"TTIN", SIGTTIN},
    {"TTOU", SIGTTOU}, {"URG", SIGURG},       {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ},     {"PROF", SIGPROF},
    {"IO", SIGIO},     {"VTALRM", SIGVTALRM}, {"PWR", SIGPWR},   {"WINCH", SIGWINCH},   {"SYS", SIGSYS},
    {"POLL", SIGIO},   {"IOT", SIGABRT},      {"CLD", SIGCHLD},  {"STKFLT", SIGSTKFLT},
};

#define RTMIN_NUMBER 34 /* what programs built for glibc call SIGRTMIN */
#define RTMAX_NUMBER 64

static bool starts_with(struct span word, const char *prefix)
{
    size_t n = strlen(prefix);
    return word.length >= n && strncasecmp(word.data, prefix, n) == 0;
}

/* "RTMIN+3" and "RTMAX-1" as kill(1) of util-linux has them. */
static int parse_realtime(struct span word)
{
    bool from_min = starts_with(word, "RTMIN");
    uint64_t offset = 0;
    if (!from_min && !starts_with(word, "RTMAX"))
        return -EINVAL;
    if (word.length > 5) {
        struct span digits = {word.data + 6, word.length - 6};
        if (word.data[5] != (from_min ? '+' : '-') ||
            span_number(digits, RTMAX_NUMBER - RTMIN_NUMBER, &offset) < 0)
            return -EINVAL;
    }
    return from_min ? RTMIN_NUMBER + (int)offset : RTMAX_NUMBER - (int)offset;
}

int signal_parse(struct span word)
{
    uint64_t number;
    if (span_number(word, SIGNAL_COUNT, &number) == 0)
        return number > 0 ? (int)number : -EINVAL;
    if (starts_with(word, "SIG"))
        word = (struct span){word.data + 3, word.length - 3};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strlen(names[i].name) == word.length && starts_with(word, names[i].name))
            return names[i].number;
    return parse_realtime(word);
}

const char *signal_name(int signal_number)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].number == signal_number)
            return names[i].name;
    return "";
}

void signals_set_mask(uint64_t mask)
{
    (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL,
                  sizeof(mask)); /* fails for bad arguments only */
}

int signals_wait(uint64_t mask, int64_t timeout_ms, siginfo_t *ret_info)
{
    struct timespec limit = {timeout_ms / 1000, timeout_ms % 1000 * 1000000};
    long r = syscall(SYS_rt_sigtimedwait, &mask, ret_info, timeout_ms < 0 ? NULL : &limit, sizeof(mask));
    if (r < 0)
        return errno == EAGAIN ? 0 : -EINTR;
    return (int)r;
}

void signals_reset(void)
{
    /* All zero is SIG_DFL without flags in the kernel's struct of every architecture (32 bytes at most). */
    static const uint64_t default_action[4];
    for (int i = 1; i <= SIGNAL_COUNT; i++)
        (void)syscall(SYS_rt_sigaction, i, default_action, NULL,
                      sizeof(uint64_t)); /* EINVAL: KILL and STOP */
    signals_set_mask(0);
}

int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int signals_open(uint64_t mask)
{
    int fd = (int)syscall(SYS_signalfd4, -1, &mask, sizeof(mask), O_CLOEXEC | O_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int signals_read(int fd)
{
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info) ? (int)info.ssi_signo : 0;
}
