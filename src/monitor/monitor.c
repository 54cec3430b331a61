/* SPDX-License-Identifier: Apache-2.0 */
/* runs in:  a process of its own, the parent of a container's process 1, in the host's namespaces
 * power:    user 0 with CAP_KILL and no other capability; the descriptors of its settings
 * must not: wait for a client that does not ask for it, end before process 1, trust a byte of the payload */
#include "monitor/monitor.h"
#include "monitor/watch.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define GREETING_MS 5000
#define QUIET_MS 100  /* a stray process holds the pipe open: what process 1 wrote is there at once */
#define DRAIN_MS 2000 /* .. and writes on */
#define DRAIN_BYTES (UINT64_C(4) << 20) /* more than two pipes hold: not process 1's any more */
#define CLEANUP_MS 10000                /* for a client that said that it would clean up */
#define LARGE_BYTES 4096

enum monitor_event {
    EVENT_INPUT,    /* the payload takes input again */
    EVENT_WRITABLE, /* a client takes more */
    EVENT_READABLE, /* a client says something, or has gone away */
    EVENT_OUTPUT,   /* the payload has written, or closed */
    EVENT_EXIT,     /* process 1 has ended */
    EVENT_ARRIVAL,  /* someone connects */
    EVENT_DEADLINE, /* the state has lasted long enough */
    EVENTS,
};

static int64_t read_clock(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct client_news news_of(const struct monitor *m)
{
    unsigned facts = (m->input.is_tty ? MONITOR_IS_TTY : 0u) | (m->input.fd >= 0 ? MONITOR_TAKES_STDIN : 0u);
    return (struct client_news){
        .facts = facts, .chunk = &m->chunk, .exit_code = m->ended.exit_code, .signal = m->ended.signal};
}

static void settle_all(struct monitor *m)
{
    struct client_news news = news_of(m);
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (m->clients[i].owes != 0)
            client_settle(&m->clients[i], &news);
}

/* A client has gone away (or `said_so`: its standard input is then not meant to end). */
static void forget_client(struct monitor *m, size_t index, bool said_so)
{
    struct client *c = &m->clients[index];
    bool its_input = c->greeted && (c->wants & MONITOR_WANTS_STDIN) && !said_so;
    bool its_cleanup = c->cleanup_is_its;
    client_drop(c);
    if (its_input && m->state == STATE_SERVING)
        input_end(&m->input, m->clients, index);
    if (its_cleanup && m->state == STATE_PARTING)
        m->state = STATE_ABANDONED;
}

static void greet_client(struct monitor *m, size_t index, const struct monitor_message *message)
{
    struct client *c = &m->clients[index];
    if (c->greeted) {
        forget_client(m, index, false);
        return;
    }
    c->greeted = true;
    c->wants = message->flags;
    c->owes |= OWES_ACCEPTED;
}

static void take_input(struct monitor *m, size_t index, const struct monitor_message *message)
{
    const struct client *c = &m->clients[index];
    if (!(c->wants & MONITOR_WANTS_STDIN) || c->has_input)
        forget_client(m, index, false);
    else
        input_take(&m->input, m->clients, index, message);
}

static void end_input(struct monitor *m, size_t index, const struct monitor_message *message)
{
    (void)message;
    if (m->clients[index].wants & MONITOR_WANTS_STDIN)
        input_end(&m->input, m->clients, index);
}

static void resize_terminal(struct monitor *m, size_t index, const struct monitor_message *message)
{
    (void)index;
    struct winsize size = {.ws_row = message->rows, .ws_col = message->columns};
    for (size_t i = 0; i < OUTPUTS; i++)
        if (m->outputs[i].fd >= 0 && m->outputs[i].is_tty)
            (void)ioctl(m->outputs[i].fd, TIOCSWINSZ, &size); /* a size that is not taken is only not seen */
}

static void detach_client(struct monitor *m, size_t index, const struct monitor_message *message)
{
    (void)message;
    forget_client(m, index, true);
}

static void finish_cleanup(struct monitor *m, size_t index, const struct monitor_message *message)
{
    (void)message;
    if (m->clients[index].cleanup_is_its)
        m->state = STATE_DONE;
}

static void ignore_message(struct monitor *m, size_t index, const struct monitor_message *message)
{
    (void)m;
    (void)index;
    (void)message;
}

/* What a client may say in which state; anything else ends its connection. */
static const struct sentence {
    enum monitor_message_type type;
    bool before_greeting;
    void (*take[STATES_ALIVE])(struct monitor *, size_t, const struct monitor_message *);
} sentences[] = {
    /*                                  serving          draining        parting */
    {MONITOR_HELLO, true, {greet_client, greet_client, ignore_message}},
    {MONITOR_STDIN, false, {take_input, ignore_message, ignore_message}},
    {MONITOR_STDIN_EOF, false, {end_input, ignore_message, ignore_message}},
    {MONITOR_RESIZE, false, {resize_terminal, ignore_message, ignore_message}},
    {MONITOR_DETACH, false, {detach_client, detach_client, detach_client}},
    {MONITOR_CLEANUP_DONE, false, {NULL, NULL, finish_cleanup}},
};

static void on_readable(struct monitor *m, size_t index)
{
    uint8_t buffer[MONITOR_HEADER_SIZE + MONITOR_STDIN_MAX + 1];
    struct monitor_message message;
    struct client *c = &m->clients[index];
    int r = client_receive(c, buffer, &message);
    if (r == -EAGAIN)
        return;
    const struct sentence *found = NULL;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(sentences); i++)
        if (sentences[i].type == message.type && (c->greeted || sentences[i].before_greeting))
            found = &sentences[i];
    if (found && found->take[m->state])
        found->take[m->state](m, index, &message);
    else
        forget_client(m, index, false);
    settle_all(m);
}

static void on_writable(struct monitor *m, size_t index)
{
    struct client_news news = news_of(m);
    client_settle(&m->clients[index], &news);
}

static void on_input(struct monitor *m, size_t index)
{
    (void)index;
    input_feed(&m->input, m->clients);
    settle_all(m);
}

static void on_output(struct monitor *m, size_t index)
{
    if (watch_is_held(m))
        return;
    struct output *out = &m->outputs[index];
    bool ended = m->state != STATE_SERVING;
    ssize_t n = output_read(out, m->bytes, sizeof(m->bytes), ended, m->now_ms);
    if (n <= 0)
        return;
    m->chunk = (struct chunk){.stream = out->stream, .size = (size_t)n, .bytes = m->bytes};
    m->is_large = m->is_large || n > LARGE_BYTES;
    log_writer_take(&m->log, (enum log_stream)out->stream, m->bytes, (size_t)n);
    struct client_news news = news_of(m);
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        client_offer(&m->clients[i], &news);
    m->quiet_by_ms = m->now_ms + QUIET_MS;
    if (ended)
        m->drained_bytes += (uint64_t)n;
}

/* The time for it; anew after each wait for a client. */
static void start_draining(struct monitor *m)
{
    m->quiet_by_ms = m->now_ms + QUIET_MS;
    m->give_up_ms = m->now_ms + DRAIN_MS;
}

static void on_exit_of_payload(struct monitor *m, size_t index)
{
    (void)index;
    if (ending_reap(m->pidfd, &m->ended) == -EAGAIN)
        return;
    input_close(&m->input, m->clients);
    ending_record(m->settings, &m->ended);
    m->state = STATE_DRAINING;
    start_draining(m);
    for (size_t i = 0; i < OUTPUTS; i++)
        m->outputs[i].retry_at_ms = 0;
    settle_all(m);
}

static void on_arrival(struct monitor *m, size_t index)
{
    (void)index;
    int fd = accept4(m->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *c = &m->clients[i];
        if (c->fd >= 0 || c->has_input)
            continue;
        if (client_init(c, fd) < 0)
            client_drop(c);
        return;
    }
    (void)close(fd); /* no room: the client sees the end before any word */
}

/* Everything is said and written: the clients learn the status, the first that offered it gets the clean-up.
 */
static void part(struct monitor *m, size_t index)
{
    (void)index;
    log_writer_finish(&m->log);
    if (m->listen_fd >= 0) {
        (void)unlinkat(m->settings->fds[MONITOR_FD_RUN], "attach.sock",
                       0);         /* the clean-up removes the folder */
        (void)close(m->listen_fd); /* only a socket */
        m->listen_fd = -EBADF;
    }
    m->state = STATE_ABANDONED;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *c = &m->clients[i];
        if (c->fd < 0 || !c->greeted || c->deaf)
            continue;
        client_make_room(c);
        c->cleanup_is_its = m->state == STATE_ABANDONED && (c->wants & MONITOR_WANTS_CLEANUP);
        c->owes = (c->owes & ~(unsigned)OWES_CHUNK) | OWES_EXITED;
        if (c->cleanup_is_its)
            m->state = STATE_PARTING;
    }
    m->give_up_ms = m->now_ms + CLEANUP_MS;
    settle_all(m);
}

static void give_up(struct monitor *m, size_t index)
{
    (void)index;
    m->state = STATE_ABANDONED;
}

static void ignore_event(struct monitor *m, size_t index)
{
    (void)m;
    (void)index;
}

/* Rows: where it is; columns: what happens. */
static void (*const handlers[STATES_ALIVE][EVENTS])(struct monitor *, size_t) = {
    [STATE_SERVING] = {[EVENT_INPUT] = on_input,
                       [EVENT_WRITABLE] = on_writable,
                       [EVENT_READABLE] = on_readable,
                       [EVENT_OUTPUT] = on_output,
                       [EVENT_EXIT] = on_exit_of_payload,
                       [EVENT_ARRIVAL] = on_arrival,
                       [EVENT_DEADLINE] = ignore_event},
    [STATE_DRAINING] = {[EVENT_INPUT] = ignore_event,
                        [EVENT_WRITABLE] = on_writable,
                        [EVENT_READABLE] = on_readable,
                        [EVENT_OUTPUT] = on_output,
                        [EVENT_EXIT] = ignore_event,
                        [EVENT_ARRIVAL] = on_arrival,
                        [EVENT_DEADLINE] = part},
    [STATE_PARTING] = {[EVENT_INPUT] = ignore_event,
                       [EVENT_WRITABLE] = on_writable,
                       [EVENT_READABLE] = on_readable,
                       [EVENT_OUTPUT] = ignore_event,
                       [EVENT_EXIT] = ignore_event,
                       [EVENT_ARRIVAL] = ignore_event,
                       [EVENT_DEADLINE] = give_up},
};

static void dispatch(struct monitor *m, enum monitor_event event, size_t index)
{
    if (m->state < STATES_ALIVE)
        handlers[m->state][event](m, index);
}

static void dispatch_clients(struct monitor *m, const struct pollfd *slots)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        short events = slots[WATCH_CLIENT + i].revents;
        if ((events & POLLOUT) && m->clients[i].fd >= 0)
            dispatch(m, EVENT_WRITABLE, i);
        if ((events & ~POLLOUT) && m->clients[i].fd >= 0)
            dispatch(m, EVENT_READABLE, i);
    }
}

/* Clients before output: a first HELLO comes before the first byte. Output before the exit, arrivals last: a
 * slot that becomes free in this round is not taken before its events are dealt with. */
static void dispatch_round(struct monitor *m, const struct pollfd slots[WATCH_COUNT])
{
    if (slots[WATCH_INPUT].revents)
        dispatch(m, EVENT_INPUT, 0);
    dispatch_clients(m, slots);
    for (size_t i = 0; i < OUTPUTS; i++)
        if (slots[WATCH_OUTPUT + i].revents)
            dispatch(m, EVENT_OUTPUT, i);
    if (slots[WATCH_PID].revents)
        dispatch(m, EVENT_EXIT, 0);
    if (slots[WATCH_LISTEN].revents)
        dispatch(m, EVENT_ARRIVAL, 0);
    if (m->state == STATE_DRAINING && !watch_is_held(m) &&
        (watch_outputs_ended(m) || m->drained_bytes > DRAIN_BYTES || m->now_ms >= watch_deadline(m)))
        dispatch(m, EVENT_DEADLINE, 0);
    else if (m->state == STATE_PARTING && m->now_ms >= m->give_up_ms)
        dispatch(m, EVENT_DEADLINE, 0);
}

static void trim(struct monitor *m)
{
    log_writer_trim(&m->log);
    if (!watch_is_held(m))
        (void)madvise(m->bytes, sizeof(m->bytes), MADV_DONTNEED); /* advice: failing costs memory alone */
    m->is_large = false;
}

enum monitor_state monitor_run(struct monitor *m)
{
    while (m->state < STATES_ALIVE) {
        struct pollfd slots[WATCH_COUNT];
        m->now_ms = read_clock();
        bool held = m->state == STATE_DRAINING && watch_is_held(m);
        size_t count = watch_fill(m, slots);
        int n = poll(slots, count, watch_timeout(m));
        m->now_ms = read_clock();
        if (held)
            start_draining(m);
        if (n <= 0)
            for (size_t i = 0; i < count; i++)
                slots[i].revents = 0;
        for (size_t i = count; i < WATCH_COUNT; i++)
            slots[i].revents = 0;
        if (n == 0 && m->is_large)
            trim(m);
        dispatch_round(m, slots);
    }
    return m->state;
}

void monitor_init(struct monitor *m, const struct monitor_settings *settings)
{
    const int *fds = settings->fds;
    bool tty = fds[MONITOR_FD_TTY] >= 0;
    m->settings = settings;
    m->pidfd = fds[MONITOR_FD_PID];
    m->listen_fd = fds[MONITOR_FD_LISTEN];
    m->outputs[0] = (struct output){
        .fd = tty ? fds[MONITOR_FD_TTY] : fds[MONITOR_FD_STDOUT], .stream = MONITOR_STDOUT, .is_tty = tty};
    m->outputs[1] = (struct output){.fd = fds[MONITOR_FD_STDERR], .stream = MONITOR_STDERR};
    m->input.fd = tty ? fds[MONITOR_FD_TTY] : fds[MONITOR_FD_STDIN];
    m->input.is_tty = tty;
    m->input.once = settings->stdin_once;
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        m->clients[i].fd = -EBADF;
    if (fds[MONITOR_FD_CLIENT] >= 0 && client_init(&m->clients[0], fds[MONITOR_FD_CLIENT]) < 0)
        client_drop(&m->clients[0]);
    m->greet_by_ms = read_clock() + GREETING_MS;
    log_writer_init(&m->log, fds[MONITOR_FD_LOG], settings->log_max_bytes, settings->log_max_files);
}
