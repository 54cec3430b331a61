/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/relay.h"
#include "engine/relay_keys.h"
#include "engine/relay_signals.h"
#include "engine/relay_sink.h"
#include "engine/relay_terminal.h"
#include "engine/relay_transport.h"

#include <errno.h>
#include <string.h>

#define TYPED_MAX 4096

enum {
    SLOT_SIGNALS,
    SLOT_STDIN,
    SLOT_SINKS,
    SLOT_TRANSPORT = SLOT_SINKS + 2,
    SLOTS = SLOT_TRANSPORT + TRANSPORT_FDS,
};

struct session {
    struct relay *relay;
    struct transport transport;
    struct relay_terminal terminal;
    struct relay_signals signals;
    struct relay_sink sinks[2];
    struct relay_keys keys;
    int stdin_fd; /* the user's; -EBADF: ended or not there */
    unsigned char typed[TYPED_MAX + RELAY_KEYS_MAX];
    size_t typed_size, typed_done;
    uint64_t lost_bytes;
    bool ended;
    struct relay_outcome outcome;
};

void relay_init(struct relay *r)
{
    *r = (struct relay){.client_fd = -EBADF,
                        .pidfd = -EBADF,
                        .tty_fd = -EBADF,
                        .stdin_fd = -EBADF,
                        .stdout_fd = -EBADF,
                        .stderr_fd = -EBADF,
                        .user_stdin = -EBADF,
                        .user_stdout = -EBADF,
                        .user_stderr = -EBADF};
}

static void end_with(struct session *s, struct relay_outcome outcome)
{
    s->ended = true;
    s->outcome = outcome;
}

static void tell_size(struct session *s)
{
    uint16_t rows, columns;
    if (s->relay->tty && relay_terminal_size(s->relay->user_stdout, s->relay->user_stdin, &rows, &columns))
        s->transport.do_->resize(&s->transport, rows, columns);
}

static int take_terminal(struct session *s)
{
    int r = s->relay->tty ? relay_terminal_make_raw(&s->terminal) : 0;
    tell_size(s);
    return r;
}

/* SIGTSTP: the shell gets its terminal back. The payload runs on; what it writes waits as for any slow
 * reader. */
static void stop_here(struct session *s)
{
    relay_terminal_restore(&s->terminal);
    (void)raise(SIGSTOP); /* cannot fail; SIGCONT comes by the descriptor */
}

static int on_signal(struct session *s)
{
    int signal = relay_signals_next(&s->signals);
    if (signal == 0)
        return 0;
    switch (relay_signal_meaning(signal)) {
    case SIGNAL_RESIZED:
        tell_size(s);
        break;
    case SIGNAL_STOP:
        stop_here(s);
        break;
    case SIGNAL_GO_ON:
        return take_terminal(s);
    case SIGNAL_ENDS:
    case SIGNAL_PROXIED:
        if (!s->relay->tty && s->relay->proxy_signal)
            (void)s->relay->proxy_signal(s->relay->proxy_context,
                                         signal); /* a payload that is gone says EXITED */
        else
            end_with(s, (struct relay_outcome){.end = RELAY_SIGNALLED, .signal = signal});
        break;
    case SIGNAL_OTHER:
        break;
    }
    return 0;
}

/* Nothing more is read from the user; the payload's input ends behind what was typed. */
static void end_input(struct session *s)
{
    s->stdin_fd = -EBADF;
    if (s->typed_done == s->typed_size && s->transport.stdin_open)
        s->transport.do_->end_stdin(&s->transport);
}

static void feed_payload(struct session *s)
{
    struct transport *t = &s->transport;
    while (s->typed_done < s->typed_size && t->stdin_ready) {
        ssize_t n = t->do_->write_stdin(t, s->typed + s->typed_done, s->typed_size - s->typed_done);
        if (n == -EAGAIN)
            return;
        s->typed_done = n < 0 ? s->typed_size : s->typed_done + (size_t)n;
    }
    if (!t->stdin_open) {
        s->stdin_fd = -EBADF; /* what the user types next is for someone else */
        s->typed_done = s->typed_size;
    } else if (s->stdin_fd < 0 && s->typed_done == s->typed_size && t->stdin_ready) {
        t->do_->end_stdin(t);
    }
}

static void on_typed(struct session *s)
{
    unsigned char bytes[TYPED_MAX];
    ssize_t n = read(s->stdin_fd, bytes, sizeof(bytes));
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    s->typed_done = s->typed_size = 0;
    if (n <= 0) {
        end_input(s); /* EIO: a terminal that is not ours any more */
        return;
    }
    if (relay_keys_feed(&s->keys, bytes, (size_t)n, s->typed, &s->typed_size)) {
        feed_payload(s); /* what was typed before the keys is the payload's */
        s->transport.do_->detach(&s->transport);
        end_with(s, (struct relay_outcome){.end = RELAY_DETACHED});
    }
}

static void on_transport_event(struct session *s, const struct transport_event *event)
{
    switch (event->kind) {
    case TRANSPORT_OUTPUT: {
        struct relay_sink *sink = &s->sinks[event->stream == MONITOR_STDERR];
        sink->bytes = event->bytes;
        sink->size = event->size;
        break;
    }
    case TRANSPORT_LOST_OUTPUT:
        s->lost_bytes += event->size;
        break;
    case TRANSPORT_EXITED:
        end_with(s, (struct relay_outcome){.end = RELAY_EXITED,
                                           .exit_code = event->exit_code,
                                           .signal = event->signal,
                                           .cleanup_is_yours = event->cleanup_is_yours});
        break;
    case TRANSPORT_GONE:
        end_with(s, (struct relay_outcome){.end = RELAY_LOST});
        break;
    case TRANSPORT_STDIN_CLOSED:
    case TRANSPORT_NOTHING:
        break;
    }
}

static int flush_sinks(struct session *s)
{
    for (size_t i = 0; i < ARRAY_SIZE(s->sinks); i++) {
        int r = relay_sink_flush(&s->sinks[i]);
        if (r == -EPIPE || r == -EIO || r == -ECONNRESET)
            end_with(s, (struct relay_outcome){.end = RELAY_OUTPUT_CLOSED});
        else if (r < 0 && r != -EAGAIN)
            return r;
    }
    return 0;
}

static bool sinks_are_empty(const struct session *s)
{
    return s->sinks[0].size == 0 && s->sinks[1].size == 0;
}

static size_t fill_slots(const struct session *s, struct pollfd slots[SLOTS])
{
    bool can_type = s->typed_done == s->typed_size && s->transport.stdin_ready;
    slots[SLOT_SIGNALS] = (struct pollfd){.fd = s->signals.fd, .events = POLLIN};
    slots[SLOT_STDIN] = (struct pollfd){.fd = can_type ? s->stdin_fd : -1, .events = POLLIN};
    for (size_t i = 0; i < ARRAY_SIZE(s->sinks); i++)
        slots[SLOT_SINKS + i] =
            (struct pollfd){.fd = s->sinks[i].size > 0 ? s->sinks[i].fd : -1, .events = POLLOUT};
    return s->transport.do_->watch(&s->transport, slots + SLOT_TRANSPORT);
}

static int run_round(struct session *s)
{
    struct pollfd slots[SLOTS];
    s->transport.wants_output = sinks_are_empty(s);
    size_t count = fill_slots(s, slots);
    int r = 0, n = poll(slots, SLOT_TRANSPORT + count, s->transport.do_->timeout(&s->transport));
    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    if (slots[SLOT_SIGNALS].revents)
        r = on_signal(s);
    if (r == 0 && !s->ended && slots[SLOT_STDIN].revents)
        on_typed(s);
    if (r < 0 || s->ended)
        return r;
    struct transport_event event;
    r = s->transport.do_->next(&s->transport, slots + SLOT_TRANSPORT, count, &event);
    if (r < 0)
        return r;
    on_transport_event(s, &event);
    feed_payload(s);
    return s->ended ? 0 : flush_sinks(s);
}

static int session_run(struct session *s)
{
    int r = take_terminal(s);
    while (r == 0 && !s->ended)
        r = run_round(s);
    return r;
}

int relay_run(struct relay *relay, struct relay_outcome *ret_outcome)
{
    autofree struct session *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    s->relay = relay;
    s->stdin_fd = relay->user_stdin;
    if (relay->tty && relay->detach_keys_size <= RELAY_KEYS_MAX)
        s->keys = (struct relay_keys){.keys = relay->detach_keys, .count = relay->detach_keys_size};
    int r = transport_init(&s->transport, relay);
    if (r == 0)
        r = relay_terminal_init(&s->terminal, relay->tty ? relay->user_stdin : -EBADF);
    if (r == 0)
        r = relay_signals_init(&s->signals, !relay->tty && relay->proxy_signal);
    if (r < 0)
        return r;
    relay_sink_init(&s->sinks[0], relay->user_stdout);
    relay_sink_init(&s->sinks[1], relay->user_stderr);
    r = session_run(s);
    relay_terminal_restore(&s->terminal);
    for (size_t i = 0; i < ARRAY_SIZE(s->sinks); i++)
        relay_sink_close(&s->sinks[i]);
    relay_signals_close(&s->signals);
    if (r < 0)
        return r;
    s->outcome.lost_bytes = s->lost_bytes;
    *ret_outcome = s->outcome;
    return 0;
}
