/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/ending.h"
#include "monitor/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#define UNKNOWN_CODE 255

extern char **environ;

int ending_reap(int pidfd, struct exit_record *ret_record)
{
    siginfo_t info = {0};
    int r = waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG);
    if (r < 0 && errno != ECHILD)
        return -errno;
    if (r == 0 && info.si_pid == 0)
        return -EAGAIN;
    struct exit_record record = {.exit_code = UNKNOWN_CODE};
    (void)clock_gettime(CLOCK_REALTIME, &record.finished); /* cannot fail for this clock */
    if (r == 0 && info.si_code == CLD_EXITED)
        record.exit_code = info.si_status & 0xff;
    else if (r == 0) {
        record.signal = info.si_status;
        record.exit_code = 128 + info.si_status;
    }
    *ret_record = record;
    return r < 0 ? -ECHILD : 0;
}

static int write_record(int folder_fd, const char *text, size_t size)
{
    autoclose int fd =
        openat(folder_fd, EXIT_RECORD_NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    ssize_t n = write(fd, text, size);
    if (n == (ssize_t)size && renameat(folder_fd, EXIT_RECORD_NEW_NAME, folder_fd, EXIT_RECORD_NAME) == 0)
        return 0;
    int r = n == (ssize_t)size || n < 0 ? -errno : -ENOSPC;
    (void)unlinkat(folder_fd, EXIT_RECORD_NEW_NAME, 0); /* the reason that counts is the first one */
    return r;
}

void ending_record(const struct monitor_settings *s, const struct exit_record *record)
{
    char text[EXIT_RECORD_MAX];
    size_t size = exit_record_encode(record, text);
    const enum monitor_fd folders[] = {MONITOR_FD_CONTAINER, MONITOR_FD_RUN};
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (s->fds[folders[i]] >= 0 && write_record(s->fds[folders[i]], text, size) == 0)
            return;
}

void ending_clean_up(const struct monitor_settings *s)
{
    confine_restore_signals();
    /* The container's lock goes along: between two holders somebody could start it anew, and lose that. */
    if (s->fds[MONITOR_FD_CONTAINER] >= 0)
        (void)fcntl(s->fds[MONITOR_FD_CONTAINER], F_SETFD, 0); /* without it the lock is asked for again */
    (void)execve(s->cleanup[0], (char *const *)(uintptr_t)s->cleanup, environ); /* returns only on failure */
}
