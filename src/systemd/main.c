/* SPDX-License-Identifier: Apache-2.0 */
/* unroot-systemd: has systemd make, change or stop the unit of one container.
 *
 * Runs in: a process of its own, a child of unroot-runtime; for `start` it is the unit's first process, until
 * the container's is born in the group that systemd made. Power: the caller's uid, by which systemd knows
 * whom to obey, without capabilities. Must not: read a configuration, open anything but the bus. */
#include "base/number.h"
#include "base/strings.h"
#include "systemd/manager.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_TROUBLE = 1, EXIT_USAGE = 2, EXIT_EXISTS = 3, EXIT_UNREACHABLE = 4 };

static const char usage[] =
    "usage: unroot-systemd system|user SECONDS start|set UNIT [NAME=TYPE:VALUE...]\n"
    "       unroot-systemd system|user SECONDS stop UNIT\n"
    "start prints the unit's control group and stays in it until its standard input ends.\n";

/* Whoever started it has what it needs by now, or has died. */
static void stay_until_released(void)
{
    char byte;
    while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
        continue;
}

static int start(struct manager *m, const struct manager_unit *unit, struct failure *failure)
{
    autofree char *group = NULL;
    int r = manager_start(m, unit, &group, failure);
    if (r < 0)
        return r;
    if (printf("%s\n", group) < 0 || fflush(stdout) != 0)
        return fail(failure, -EIO, "telling the control group");
    manager_close(m);
    (void)alarm(0);
    stay_until_released();
    return 0;
}

static int run(const char *verb, bool of_user, const struct manager_unit *unit, struct failure *failure)
{
    struct manager m;
    int r = manager_open(&m, of_user, failure);
    if (r == 0 && streq(verb, "start"))
        r = start(&m, unit, failure);
    else if (r == 0 && streq(verb, "set"))
        r = manager_set(&m, unit, failure);
    else if (r == 0)
        r = manager_stop(&m, unit->name, failure);
    manager_close(&m);
    return r;
}

int main(int argc, char **argv)
{
    struct failure failure = {0};
    uint64_t seconds = 0;
    sigset_t no_signal;
    (void)sigemptyset(&no_signal);
    bool known = argc >= 5 && (streq(argv[1], "system") || streq(argv[1], "user")) &&
                 number_parse(argv[2], 3600, &seconds) == 0 &&
                 (streq(argv[3], "start") || streq(argv[3], "set") || (streq(argv[3], "stop") && argc == 5));
    if (!known) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    const struct manager_unit unit = {argv[4], argv + 5, argc - 5};
    (void)signal(SIGALRM, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &no_signal, NULL); /* whoever called may have blocked it */
    (void)alarm((unsigned)seconds); /* its end by that signal says that there was no answer */
    int r = run(argv[3], streq(argv[1], "user"), &unit, &failure);
    if (r == 0)
        return 0;
    fprintf(stderr, "%s\n", failure.text);
    return r == -EEXIST ? EXIT_EXISTS : r == -EHOSTDOWN ? EXIT_UNREACHABLE : EXIT_TROUBLE;
}
