/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/attach.h"
#include "engine/relay_transport.h"

#include <errno.h>
#include <sys/socket.h>

static int send_to_monitor(const struct transport *t, const struct monitor_message *m, int flags)
{
    uint8_t header[2 * MONITOR_HEADER_SIZE];
    int n = monitor_message_encode(m, header);
    if (n < 0)
        return n;
    struct iovec pieces[] = {
        {.iov_base = header, .iov_len = (size_t)n},
        {.iov_base = (void *)(uintptr_t)m->data, .iov_len = m->size},
    };
    struct msghdr packet = {.msg_iov = pieces, .msg_iovlen = m->size > 0 ? 2 : 1};
    for (;;) {
        if (sendmsg(t->relay->client_fd, &packet, MSG_NOSIGNAL | flags) >= 0)
            return 0;
        if (errno != EINTR)
            return -errno;
    }
}

static size_t monitor_watch(const struct transport *t, struct pollfd slots[TRANSPORT_FDS])
{
    /* Everything comes in one order, so whoever cannot take output does not read at all. */
    slots[0] = (struct pollfd){.fd = t->wants_output ? t->relay->client_fd : -1, .events = POLLIN};
    return 1;
}

static int monitor_timeout(const struct transport *t)
{
    (void)t;
    return -1;
}

static struct transport_event event_of(struct transport *t, const struct monitor_message *m)
{
    struct transport_event event = {.kind = TRANSPORT_NOTHING};
    switch (m->type) {
    case MONITOR_OUTPUT:
        event.kind = TRANSPORT_OUTPUT;
        event.stream = m->stream;
        event.bytes = m->data;
        event.size = m->size;
        break;
    case MONITOR_LOST:
        event.kind = TRANSPORT_LOST_OUTPUT;
        event.size = m->lost;
        break;
    case MONITOR_ACCEPTED:
        t->stdin_open = t->relay->user_stdin >= 0 && (m->flags & MONITOR_TAKES_STDIN);
        t->stdin_ready = t->stdin_open;
        break;
    case MONITOR_STDIN_READY:
        t->stdin_ready = t->stdin_open;
        break;
    case MONITOR_STDIN_CLOSED:
        event.kind = TRANSPORT_STDIN_CLOSED;
        t->stdin_open = t->stdin_ready = false;
        break;
    case MONITOR_EXITED:
        event.kind = TRANSPORT_EXITED;
        event.exit_code = (int)m->exit_code;
        event.signal = m->signal;
        event.cleanup_is_yours = m->cleanup_is_yours;
        break;
    case MONITOR_HELLO:
    case MONITOR_STDIN:
    case MONITOR_STDIN_EOF:
    case MONITOR_RESIZE:
    case MONITOR_DETACH:
    case MONITOR_CLEANUP_DONE:
        break;
    }
    return event;
}

static int monitor_next(struct transport *t, const struct pollfd *slots, size_t count,
                        struct transport_event *ret_event)
{
    *ret_event = (struct transport_event){.kind = TRANSPORT_NOTHING};
    if (count == 0 || slots[0].revents == 0)
        return 0;
    ssize_t n = recv(t->relay->client_fd, t->buffer, sizeof(t->buffer), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET))
        return 0; /* ECONNRESET comes once; what was said before it is still to be read */
    if (n < 0)
        return -errno;
    if (n == 0) {
        ret_event->kind = TRANSPORT_GONE;
        return 0;
    }
    struct monitor_message message;
    int r = monitor_message_decode(t->buffer, (size_t)n, &message);
    if (r < 0)
        return r;
    *ret_event = event_of(t, &message);
    return 0;
}

static ssize_t monitor_write_stdin(struct transport *t, const void *bytes, size_t size)
{
    struct monitor_message m = {.type = MONITOR_STDIN, .data = bytes};
    m.size = size < MONITOR_STDIN_MAX ? (uint32_t)size : MONITOR_STDIN_MAX;
    int r = send_to_monitor(t, &m, MSG_DONTWAIT);
    if (r < 0)
        return r == -EAGAIN ? r : -EPIPE;
    t->stdin_ready = false;
    return (ssize_t)m.size;
}

/* These fit behind one another in the socket: a window of one keeps standard input from filling it. */
static void say(struct transport *t, const struct monitor_message *m)
{
    (void)!send_to_monitor(t, m, MSG_DONTWAIT); /* a monitor that is gone is noticed by reading */
}

static void monitor_end_stdin(struct transport *t)
{
    t->stdin_open = t->stdin_ready = false;
    say(t, &(struct monitor_message){.type = MONITOR_STDIN_EOF});
}

static void monitor_resize(struct transport *t, uint16_t rows, uint16_t columns)
{
    say(t, &(struct monitor_message){.type = MONITOR_RESIZE, .rows = rows, .columns = columns});
}

static void monitor_detach(struct transport *t)
{
    say(t, &(struct monitor_message){.type = MONITOR_DETACH});
}

int transport_monitor_init(struct transport *t)
{
    static const struct transport_operations operations = {
        .watch = monitor_watch,
        .timeout = monitor_timeout,
        .next = monitor_next,
        .write_stdin = monitor_write_stdin,
        .end_stdin = monitor_end_stdin,
        .resize = monitor_resize,
        .detach = monitor_detach,
    };
    t->do_ = &operations;
    t->stdin_open =
        t->relay->user_stdin >= 0; /* nothing is read from the user before ACCEPTED says that it is wanted */
    return 0;
}
