/* SPDX-License-Identifier: Apache-2.0 */
/* A command line around engine/attach.h and engine/relay.h for monitor.bats:
 *   relay_tool attach RUNROOT ID OUTCOME-FILE tty|pipe [wait-for-all] [clean] [no-stdin]
 *   relay_tool exec OUTCOME-FILE tty|pipe COMMAND..
 *   relay_tool log FOLDER [follow RUNROOT ID] [tail N] [since MOMENT] [until MOMENT] [timestamps]
 * A signal to be proxied goes to the process whose pid stands in the variable PROXY_TO. The outcome is one
 * line. */
#include "base/number.h"
#include "base/strings.h"
#include "engine/attach.h"
#include "engine/log.h"
#include "engine/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static const unsigned char keys[] = {0x10, 0x11}; /* ctrl-p,ctrl-q */

static int proxy(void *context, int signal)
{
    pid_t *pid = context;
    return kill(*pid, signal) < 0 ? -errno : 0;
}

static int report(const char *file, int r, const struct relay_outcome *o)
{
    static const char *const ends[] = {"exited", "detached", "lost", "output-closed", "signalled"};
    autoclose int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return 1;
    if (r < 0)
        dprintf(fd, "error %s\n", strerror(-r));
    else
        dprintf(fd, "%s code=%d signal=%d yours=%d lost=%llu\n", ends[o->end], o->exit_code, o->signal,
                o->cleanup_is_yours, (unsigned long long)o->lost_bytes);
    return r < 0 ? 1 : o->exit_code;
}

static void prepare(struct relay *relay, bool tty, pid_t *proxy_to)
{
    const char *pid = getenv("PROXY_TO");
    uint64_t number = 0;
    relay->user_stdin = 0;
    relay->user_stdout = 1;
    relay->user_stderr = 2;
    relay->tty = tty;
    if (tty) {
        relay->detach_keys = keys;
        relay->detach_keys_size = sizeof(keys);
    }
    if (*proxy_to == 0 && pid && number_parse(pid, 1 << 22, &number) == 0)
        *proxy_to = (pid_t)number;
    if (*proxy_to != 0) {
        relay->proxy_signal = proxy;
        relay->proxy_context = proxy_to;
    }
}

static int attach(char **argv)
{
    unsigned flags = MONITOR_WANTS_OUTPUT | MONITOR_WANTS_STDIN;
    struct relay relay;
    struct relay_outcome outcome = {0};
    pid_t proxy_to = 0;
    relay_init(&relay);
    prepare(&relay, streq(argv[3], "tty"), &proxy_to);
    for (char **word = argv + 4; *word; word++) {
        flags |= streq(*word, "wait-for-all") ? MONITOR_WANTS_ALL : 0u;
        flags |= streq(*word, "clean") ? MONITOR_WANTS_CLEANUP : 0u;
        if (streq(*word, "no-stdin")) {
            flags &= ~(unsigned)MONITOR_WANTS_STDIN;
            relay.user_stdin = -EBADF;
        }
    }
    autoclose int run_fd = open(argv[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = attach_connect(run_fd, argv[1], &relay.client_fd);
    if (r == 0)
        r = attach_hello(relay.client_fd, flags);
    if (r == 0)
        r = relay_run(&relay, &outcome);
    if (r == 0 && outcome.cleanup_is_yours)
        r = attach_cleanup_done(relay.client_fd);
    return report(argv[2], r, &outcome);
}

static int open_terminal(int *ret_slave)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
        return -errno;
    *ret_slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    return *ret_slave < 0 ? -errno : master;
}

static _Noreturn void run_child(const int ends[3], char **argv)
{
    (void)setsid();
    for (int i = 0; i < 3; i++)
        (void)dup2(ends[i], i);
    (void)ioctl(0, TIOCSCTTY, 0); /* a pipe refuses */
    (void)execvp(argv[0], argv);
    _exit(127);
}

static int exec_child(char **argv)
{
    struct relay relay;
    struct relay_outcome outcome = {0};
    bool tty = streq(argv[1], "tty");
    int ends[3], in[2], out[2], err[2];
    relay_init(&relay);
    if (tty) {
        relay.tty_fd = open_terminal(&ends[0]);
        ends[1] = ends[2] = ends[0];
    } else if (pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0) {
        memcpy(ends, (int[]){in[0], out[1], err[1]}, sizeof(ends));
        relay.stdin_fd = in[1];
        relay.stdout_fd = out[0];
        relay.stderr_fd = err[0];
    }
    pid_t pid = fork();
    if (pid == 0)
        run_child(ends, argv + 2);
    for (int i = 0; i < (tty ? 1 : 3); i++)
        close(ends[i]);
    relay.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    prepare(&relay, tty, &pid);
    int r = relay_run(&relay, &outcome);
    return report(argv[0], r, &outcome);
}

static int take_log(void *context, enum log_stream stream, const char *bytes, size_t size)
{
    (void)context;
    for (ssize_t n; size > 0; bytes += n, size -= (size_t)n) {
        n = write(stream == LOG_STDERR ? 2 : 1, bytes, size);
        if (n < 0)
            return -errno;
    }
    return 0;
}

static int follow(struct log_request *request, const char *run, const char *id)
{
    autoclose int run_fd = open(run, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = attach_connect(run_fd, id, &request->ended_fd);
    request->follow = true;
    return r == 0 ? attach_hello(request->ended_fd, 0) : r;
}

static int read_log(char **argv)
{
    struct log_request request = {.ended_fd = -EBADF, .tail = LOG_TAIL_ALL, .take = take_log};
    struct log_result result = {0};
    int r = 0;
    request.folder_fd = open(argv[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (char **word = argv + 1; *word && r == 0; word++) {
        if (streq(*word, "timestamps")) {
            request.timestamps = true;
        } else if (streq(*word, "follow")) {
            r = follow(&request, word[1], word[2]);
            word += 2;
        } else if (streq(*word, "tail")) {
            r = number_parse(*++word, UINT64_MAX, &request.tail);
        } else if (streq(*word, "since")) {
            r = timestamp_parse(*++word, &request.since);
        } else {
            r = timestamp_parse(*++word, &request.until);
        }
    }
    if (r == 0 || r == -ENOTCONN)
        r = log_read(&request, &result);
    dprintf(3, "%s entries=%llu unreadable=%llu missed=%llu\n", r == 0 ? "fine" : strerror(-r),
            (unsigned long long)result.entries, (unsigned long long)result.unreadable,
            (unsigned long long)result.files_missed);
    return r == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc > 5 && streq(argv[1], "attach"))
        return attach(argv + 2);
    if (argc > 4 && streq(argv[1], "exec"))
        return exec_child(argv + 2);
    if (argc > 2 && streq(argv[1], "log"))
        return read_log(argv + 2);
    return 2;
}
