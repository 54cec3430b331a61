/* SPDX-License-Identifier: Apache-2.0 */
#include "init/spawn.h"

#include "init/descriptors.h"
#include "init/files.h"
#include "init/launch.h"

#include <errno.h>
#include <fcntl.h>

#define HIGH 128 /* above every number that a service can be given, below any sane limit */

static void fail_child(const struct spawn *s, const char *what)
{
    say("%s: %s: %s", s->service->name, what, strerror(errno));
    _exit(EXIT_SYSTEM);
}

/* Out of the way first, so that no dup2 overwrites one that is still to be moved. */
static int move_high(const struct spawn *s, int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);
    if (high < 0)
        fail_child(s, "moving a descriptor");
    return high;
}

static void place(const struct spawn *s, int fd, int target)
{
    if (dup2(fd, target) < 0)
        fail_child(s, "placing a descriptor");
}

static void arrange_descriptors(const struct spawn *s)
{
    int listens[LISTENS_MAX], kept[LISTENS_MAX + 1];
    size_t kept_count = 0;
    struct failure f = {0};
    for (size_t i = 0; i < s->listen_count; i++)
        listens[i] = move_high(s, s->listens[i]);
    int ready = s->ready >= 0 ? move_high(s, s->ready) : -1;
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0)
        place(s, nothing, 0);
    if (s->output >= 0)
        place(s, s->output, 1);
    if (s->error >= 0)
        place(s, s->error, 2);
    for (size_t i = 0; i < s->listen_count; i++) {
        place(s, listens[i], 3 + (int)i);
        kept[kept_count++] = 3 + (int)i;
    }
    if (ready >= 0) {
        place(s, ready, s->service->ready.fd);
        kept[kept_count++] = s->service->ready.fd;
    }
    if (descriptors_close(kept, kept_count, &f) < 0) {
        say("%s: %s", s->service->name, f.text);
        _exit(EXIT_SYSTEM);
    }
}

static void run_child(const struct spawn *s)
{
    char number[24];
    struct failure f = {0};
    (void)setsid(); /* a child that just started leads no group */
    arrange_descriptors(s);
    if (s->listen_count > 0) {
        format_text(number, sizeof(number), "%d", getpid());
        if (environment_set(s->environment, "LISTEN_PID", number) < 0)
            _exit(EXIT_SYSTEM);
    }
    if (s->service->folder && chdir(s->service->folder) < 0)
        fail_child(s, s->service->folder);
    signals_reset();
    launch_command(s->service->run, s->environment, &f);
    say("%s: %s", s->service->name, f.text);
    _exit(f.exit_code);
}

pid_t spawn_service(const struct spawn *s)
{
    pid_t pid = fork();
    if (pid == 0)
        run_child(s);
    return pid < 0 ? -errno : pid;
}
