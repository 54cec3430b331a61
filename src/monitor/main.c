/* SPDX-License-Identifier: Apache-2.0 */
/* unroot-monitor: executed in place by the supervisor that cloned a container's process 1. See monitor.c. */
#include "monitor/confine.h"
#include "monitor/monitor.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define EXIT_OURS 125 /* docker's "we failed" */

/* A payload without a monitor would run where nobody sees it: it ends, and is cleaned up after. */
static int give_up(const struct monitor_settings *s, const char *step, int error)
{
    (void)dprintf(STDERR_FILENO, "unroot: monitor: step %s: %s\n", step,
                  strerror(-error)); /* nowhere else to say it */
    struct exit_record record = {.exit_code = EXIT_OURS};
    siginfo_t info;
    (void)syscall(SYS_pidfd_send_signal, s->fds[MONITOR_FD_PID], SIGKILL, NULL,
                  0); /* or it is dead already */
    while (waitid((idtype_t)P_PIDFD, (id_t)s->fds[MONITOR_FD_PID], &info, WEXITED) < 0 && errno == EINTR)
        ;
    (void)clock_gettime(CLOCK_REALTIME, &record.finished); /* cannot fail for this clock */
    ending_record(s, &record);
    ending_clean_up(s);
    return EXIT_OURS;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct monitor_settings settings;
    if (monitor_settings_decode((const char *const *)argv, &settings) < 0) {
        (void)dprintf(STDERR_FILENO, "unroot-monitor: not to be started by hand: it is a part of unroot\n");
        return EXIT_OURS;
    }
    struct confine_result confined;
    if (confine_enter(&settings, &confined) < 0)
        return give_up(&settings, confined.step, confined.error);
    struct monitor *m =
        mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (m == MAP_FAILED)
        return give_up(&settings, "memory", -errno);
    monitor_init(m, &settings);
    if (monitor_run(m) == STATE_DONE)
        return 0;
    ending_clean_up(&settings);
    return EXIT_OURS;
}
