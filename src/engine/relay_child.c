/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/relay_transport.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>

#define RETRY_MS 100 /* nobody has the terminal open: when to look again */
#define QUIET_MS 100 /* after the end, someone else holds the pipe: what the child wrote is there at once */

enum {
    SLOT_OUTPUT,
    SLOT_PID = SLOT_OUTPUT + 2,
    SLOT_STDIN,
};

static bool outputs_ended(const struct transport *t)
{
    return t->output_fds[0] < 0 && t->output_fds[1] < 0;
}

static int stdin_of(const struct transport *t)
{
    return t->relay->tty_fd >= 0 ? t->relay->tty_fd : t->relay->stdin_fd;
}

static size_t child_watch(const struct transport *t, struct pollfd slots[TRANSPORT_FDS])
{
    bool reads = t->wants_output && t->retry_at_ms <= clock_now_ms();
    for (int i = 0; i < 2; i++)
        slots[SLOT_OUTPUT + i] = (struct pollfd){.fd = reads ? t->output_fds[i] : -1, .events = POLLIN};
    slots[SLOT_PID] =
        (struct pollfd){.fd = t->wants_output && !t->exited ? t->relay->pidfd : -1, .events = POLLIN};
    bool waits = t->stdin_open && !t->stdin_ready;
    slots[SLOT_STDIN] = (struct pollfd){.fd = waits ? stdin_of(t) : -1, .events = POLLOUT};
    return TRANSPORT_FDS;
}

static int child_timeout(const struct transport *t)
{
    if (!t->wants_output)
        return -1;
    int64_t now = clock_now_ms(), until = t->exited ? t->quiet_by_ms : INT64_MAX;
    if (t->retry_at_ms > now && t->retry_at_ms < until)
        until = t->retry_at_ms;
    if (until == INT64_MAX)
        return -1;
    return until <= now ? 0 : (int)(until - now);
}

static void reap(struct transport *t)
{
    siginfo_t info = {0};
    if (waitid((idtype_t)P_PIDFD, (id_t)t->relay->pidfd, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0)
        return;
    t->exited = true;
    t->quiet_by_ms = clock_now_ms() + QUIET_MS;
    t->retry_at_ms = 0;
    t->end = (struct transport_event){.kind = TRANSPORT_EXITED, .exit_code = 255};
    if (info.si_pid != 0 && info.si_code == CLD_EXITED)
        t->end.exit_code = info.si_status & 0xff;
    else if (info.si_pid != 0) {
        t->end.signal = info.si_status;
        t->end.exit_code = 128 + info.si_status;
    }
}

/* One read; true when it gave something. */
static bool read_output(struct transport *t, int index, struct transport_event *ret_event)
{
    ssize_t n = read(t->output_fds[index], t->buffer, sizeof(t->buffer));
    if (n > 0) {
        *ret_event = (struct transport_event){.kind = TRANSPORT_OUTPUT,
                                              .stream = index == 0 ? MONITOR_STDOUT : MONITOR_STDERR,
                                              .bytes = t->buffer,
                                              .size = (uint64_t)n};
        t->quiet_by_ms = clock_now_ms() + QUIET_MS;
        return true;
    }
    int error = n < 0 ? errno : 0;
    if (error == EAGAIN || error == EINTR)
        return false;
    if (error == EIO && t->relay->tty_fd >= 0 && !t->exited) {
        t->retry_at_ms = clock_now_ms() + RETRY_MS; /* it may open its terminal again */
        return false;
    }
    t->output_fds[index] = -EBADF;
    return false;
}

static int child_next(struct transport *t, const struct pollfd *slots, size_t count,
                      struct transport_event *ret_event)
{
    *ret_event = (struct transport_event){.kind = TRANSPORT_NOTHING};
    if (count < TRANSPORT_FDS)
        return 0;
    if (slots[SLOT_STDIN].revents)
        t->stdin_ready = t->stdin_open;
    if (!t->wants_output)
        return 0;
    for (int i = 0; i < 2; i++)
        if (slots[SLOT_OUTPUT + i].revents && read_output(t, i, ret_event))
            return 0;
    if (slots[SLOT_PID].revents)
        reap(t);
    if (t->exited && (outputs_ended(t) || clock_now_ms() >= t->quiet_by_ms))
        *ret_event = t->end;
    return 0;
}

static ssize_t child_write_stdin(struct transport *t, const void *bytes, size_t size)
{
    ssize_t n = write(stdin_of(t), bytes, size);
    if (n >= 0)
        return n;
    t->stdin_ready = false;
    if (errno == EAGAIN || errno == EINTR)
        return -EAGAIN;
    t->stdin_open = false;
    return -EPIPE;
}

static void child_end_stdin(struct transport *t)
{
    t->stdin_open = t->stdin_ready = false;
    if (t->relay->stdin_fd >= 0)
        (void)close(t->relay->stdin_fd); /* the reader sees the end */
    t->relay->stdin_fd = -EBADF;
}

static void child_resize(struct transport *t, uint16_t rows, uint16_t columns)
{
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    if (t->relay->tty_fd >= 0)
        (void)ioctl(t->relay->tty_fd, TIOCSWINSZ, &size); /* a size that is not taken is only not seen */
}

static void child_detach(struct transport *t)
{
    (void)t;
}

static int never_block(int fd)
{
    int flags = fd < 0 ? 0 : fcntl(fd, F_GETFL);
    return flags < 0 || (fd >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) ? -errno : 0;
}

int transport_child_init(struct transport *t)
{
    static const struct transport_operations operations = {
        .watch = child_watch,
        .timeout = child_timeout,
        .next = child_next,
        .write_stdin = child_write_stdin,
        .end_stdin = child_end_stdin,
        .resize = child_resize,
        .detach = child_detach,
    };
    const struct relay *r = t->relay;
    t->do_ = &operations;
    t->output_fds[0] = r->tty_fd >= 0 ? r->tty_fd : r->stdout_fd;
    t->output_fds[1] = r->stderr_fd;
    const int ours[] = {r->tty_fd, r->stdin_fd, r->stdout_fd, r->stderr_fd};
    for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
        int error = never_block(ours[i]);
        if (error < 0)
            return error;
    }
    t->stdin_open = t->stdin_ready = r->user_stdin >= 0 && stdin_of(t) >= 0;
    if (r->user_stdin < 0)
        child_end_stdin(t);
    return 0;
}
