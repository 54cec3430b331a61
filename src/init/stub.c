/* SPDX-License-Identifier: Apache-2.0 */
/* Runs in: a process of its own per service, forked by the root phase. Power: the service's user, nothing
 * else. Must not: know of other services, or decide about the container; it reports and obeys. */
#include "init/stub.h"

#include "init/backoff.h"
#include "init/children.h"
#include "init/files.h"
#include "init/lines.h"
#include "init/memory.h"
#include "init/message.h"
#include "init/notify.h"
#include "init/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define FIRST_RETRY_MS 10
#define LAST_RETRY_MS 500

enum state {
    IDLE,
    STARTING, /* runs, not ready yet */
    RUNNING,
    CLEANING, /* its main process has ended, what it left behind has not */
    WAITING,  /* for the next start */
};

enum poll_slot { POLL_CONTROL, POLL_SIGNALS, POLL_READY, POLL_PROBE, POLL_OUTPUT, POLL_ERROR, POLL_SLOTS };

struct stub {
    struct stub_setup *setup;
    const struct service *service;
    enum state state;
    pid_t pid;
    int status; /* of the last run */
    bool stop_requested, restart_requested;
    bool failed; /* not ready in time, or not healthy: its end is a failure whatever its status says */
    int64_t started_at, ready_until, probe_at, retry_ms, drain_at, kill_at, start_at; /* 0: not set */
    unsigned health_failures;
    struct probe_run probe;
    int ready_fd, notify_fd, signal_fd; /* -1: none */
    struct backoff backoff;
    struct log log;
    struct lines output, error;
    bool output_blocked, error_blocked;
    int output_end, error_end; /* what the service writes to, -1: as inherited */
};

static char output_buffer[LINE_BUFFER], error_buffer[LINE_BUFFER];

static void tell(const struct stub *s, enum message_kind kind, int value)
{
    (void)!message_send(s->setup->control, kind, value); /* process 1 is gone: the next receive says so */
}

static void drop_ready_fd(struct stub *s)
{
    if (s->ready_fd >= 0)
        close(s->ready_fd);
    s->ready_fd = -1;
}

static void start_service(struct stub *s)
{
    int ends[2] = {-1, -1};
    s->start_at = 0;
    s->failed = s->stop_requested = s->restart_requested = false;
    s->started_at = clock_ms();
    if (s->service->ready.kind == PROBE_FD && pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0)
        s->ready_fd = ends[0];
    struct spawn spawn = {
        .service = s->service,
        .environment = &s->setup->environment,
        .listens = s->setup->listens,
        .listen_count = s->setup->listen_count,
        .output = s->output_end,
        .error = s->error_end,
        .ready = ends[1],
    };
    s->pid = spawn_service(&spawn);
    if (ends[1] >= 0)
        close(ends[1]);
    tell(s, MESSAGE_STARTED, s->pid);
    s->state = STARTING;
    s->ready_until = s->started_at + s->service->ready_timeout_ms;
    s->retry_ms = FIRST_RETRY_MS;
    s->probe_at = s->service->ready.kind >= PROBE_TCP ? s->started_at : 0;
}

static void become_ready(struct stub *s)
{
    s->state = RUNNING;
    s->ready_until = 0;
    s->health_failures = 0;
    s->probe_at = s->service->health.kind != PROBE_NONE ? clock_ms() + s->service->health_interval_ms : 0;
    drop_ready_fd(s);
    tell(s, MESSAGE_READY, 0);
    memory_release();
}

static void send_stop(struct stub *s)
{
    s->drain_at = 0;
    if (s->pid > 0)
        (void)kill(s->pid, s->service->stop_signal); /* it may just have ended */
    s->kill_at = clock_ms() + s->service->stop_timeout_ms;
}

static void fail_service(struct stub *s)
{
    s->failed = true;
    s->ready_until = s->probe_at = 0;
    probe_cancel(&s->probe);
    send_stop(s);
}

static void drain_output(struct stub *s)
{
    lines_drain(&s->output);
    lines_drain(&s->error);
}

static void end(struct stub *s, enum message_kind kind)
{
    drain_output(s);
    s->state = IDLE;
    s->stop_requested = s->restart_requested = false;
    tell(s, kind, s->status);
}

/* Nothing of the service is left: what now? */
static void decide(struct stub *s)
{
    const struct service *v = s->service;
    s->kill_at = s->drain_at = 0;
    bool again = v->restart == RESTART_ALWAYS || (v->restart == RESTART_ON_FAILURE && s->status != 0);
    if (s->restart_requested) {
        start_service(s);
        return;
    }
    if (s->stop_requested || !again) {
        end(s, MESSAGE_ENDED);
        return;
    }
    int64_t wait = backoff_next(&s->backoff, s->started_at, clock_ms());
    if (wait < 0) {
        say("%s: ended %u times within %ld s, giving up", v->name, v->give_up_count,
            (long)(v->give_up_ms / 1000));
        end(s, MESSAGE_GAVE_UP);
        return;
    }
    s->state = WAITING;
    s->start_at = clock_ms() + wait;
    tell(s, MESSAGE_WAITING, (int)wait);
}

static void main_process_ended(struct stub *s, int status)
{
    pid_t group = s->pid;
    s->pid = 0;
    s->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (s->failed && s->status == 0)
        s->status = 1;
    s->state = CLEANING;
    s->ready_until = s->probe_at = s->drain_at = 0;
    probe_cancel(&s->probe);
    drop_ready_fd(s);
    children_signal(SIGTERM, group);
    s->kill_at = clock_ms() + s->service->stop_timeout_ms;
}

static void probe_result(struct stub *s, enum probe_outcome outcome)
{
    if (outcome == PROBE_PENDING)
        return;
    if (s->state == STARTING && outcome == PROBE_GOOD) {
        become_ready(s);
    } else if (s->state == STARTING) {
        s->probe_at = clock_ms() + s->retry_ms;
        s->retry_ms = s->retry_ms * 2 < LAST_RETRY_MS ? s->retry_ms * 2 : LAST_RETRY_MS;
    } else if (s->state == RUNNING) {
        s->probe_at = clock_ms() + s->service->health_interval_ms;
        bool was_bad = s->health_failures > 0;
        s->health_failures = outcome == PROBE_GOOD ? 0 : s->health_failures + 1;
        if (outcome == PROBE_GOOD && was_bad)
            tell(s, MESSAGE_HEALTHY, 1);
        if (s->health_failures < s->service->health_tries)
            return;
        say("%s: not healthy %u times in a row, ending it", s->service->name, s->health_failures);
        tell(s, MESSAGE_HEALTHY, 0);
        fail_service(s);
    }
}

static void reap(struct stub *s)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == s->pid) {
            main_process_ended(s, status);
        } else if (s->probe.running && pid == s->probe.pid) {
            probe_result(s, probe_reaped(&s->probe, status));
        } else if (s->state == CLEANING) {
            children_signal(SIGTERM, 0); /* its own children are ours since now */
        }
    }
    if (pid < 0 && s->state == CLEANING)
        decide(s);
}

static void request_stop(struct stub *s, bool at_once)
{
    s->stop_requested = true;
    s->restart_requested = false;
    if (s->state == IDLE || s->state == WAITING) {
        s->start_at = 0;
        end(s, MESSAGE_ENDED);
    } else if (s->state != CLEANING && !at_once && s->service->stop_drain_ms > 0 && !s->drain_at &&
               !s->kill_at) {
        s->drain_at = clock_ms() + s->service->stop_drain_ms;
    } else if (s->state != CLEANING && (!s->kill_at || at_once)) {
        send_stop(s);
    }
}

static void request_restart(struct stub *s)
{
    if (s->state == IDLE || s->state == WAITING) {
        start_service(s);
        return;
    }
    s->restart_requested = true;
    if (s->state != CLEANING)
        send_stop(s);
}

static void obey(struct stub *s, const struct message *m)
{
    switch (m->kind) {
    case MESSAGE_START:
        if (s->state == IDLE)
            start_service(s);
        break;
    case MESSAGE_STOP:
        request_stop(s, m->value == 1);
        break;
    case MESSAGE_RESTART:
        request_restart(s);
        break;
    case MESSAGE_SIGNAL:
        if (s->pid > 0)
            (void)kill(s->pid, m->value); /* it may just have ended */
        break;
    default:
        break;
    }
}

static bool due(int64_t *at, int64_t now)
{
    if (*at == 0 || now < *at)
        return false;
    *at = 0;
    return true;
}

static void handle_timers(struct stub *s)
{
    int64_t now = clock_ms();
    if (s->state == STARTING && (s->service->ready.kind == PROBE_NONE || s->pid < 0)) {
        if (s->pid < 0) {
            say("%s: cannot start a process: %s", s->service->name, strerror(-s->pid));
            s->status = EXIT_SYSTEM;
            s->pid = 0;
            decide(s);
        } else {
            become_ready(s);
        }
    }
    if (due(&s->start_at, now))
        start_service(s);
    if (due(&s->ready_until, now)) {
        say("%s: not ready after %ld ms, ending it", s->service->name, (long)s->service->ready_timeout_ms);
        fail_service(s);
    }
    if (s->probe.running && s->state == RUNNING && due(&s->probe_at, now)) {
        probe_cancel(&s->probe);
        probe_result(s, PROBE_BAD); /* it took longer than the interval */
    } else if (due(&s->probe_at, now)) {
        const struct probe *p = s->state == STARTING ? &s->service->ready : &s->service->health;
        s->probe_at = now + (s->state == STARTING ? 5000 : s->service->health_interval_ms);
        probe_result(s, probe_begin(&s->probe, p, &s->setup->environment));
    }
    if (due(&s->drain_at, now))
        send_stop(s);
    if (due(&s->kill_at, now)) {
        children_signal(SIGKILL, s->pid);
        s->kill_at = now + 100; /* what is orphaned only now is met by the next round */
    }
}

static int time_left(const struct stub *s)
{
    const int64_t timers[] = {s->ready_until, s->probe_at, s->drain_at, s->kill_at, s->start_at};
    int64_t next = 0;
    for (size_t i = 0; i < ARRAY_SIZE(timers); i++)
        if (timers[i] && (!next || timers[i] < next))
            next = timers[i];
    int64_t left = next - clock_ms();
    return !next ? -1 : left <= 0 ? 0 : left < INT32_MAX ? (int)left : INT32_MAX;
}

/* A reader of our output that has stopped reading must not stop us: poll for room instead. */
static void pump(struct lines *l, bool *blocked)
{
    struct pollfd room = {l->to, POLLOUT, 0};
    *blocked = !l->log && poll(&room, 1, 0) == 0;
    if (!*blocked)
        (void)lines_pump(l);
}

static void poll_lines(struct pollfd *slot, const struct lines *l, bool blocked)
{
    *slot = (struct pollfd){blocked && l->from >= 0 ? l->to : l->from, blocked ? POLLOUT : POLLIN, 0};
}

static void read_ready(struct stub *s)
{
    char bytes[64];
    if (s->ready_fd < 0) {
        if (notify_is_ready(s->notify_fd) && s->state == STARTING)
            become_ready(s);
        return;
    }
    ssize_t n = read(s->ready_fd, bytes, sizeof(bytes));
    if (n > 0 && memchr(bytes, '\n', (size_t)n) && s->state == STARTING)
        become_ready(s);
    else if (n == 0)
        drop_ready_fd(s); /* closed without a word: the time limit decides */
}

/* False when process 1 is gone. */
static bool wait_and_handle(struct stub *s)
{
    struct pollfd slots[POLL_SLOTS];
    struct message m;
    slots[POLL_CONTROL] = (struct pollfd){s->setup->control, POLLIN, 0};
    slots[POLL_SIGNALS] = (struct pollfd){s->signal_fd, POLLIN, 0};
    slots[POLL_READY] = (struct pollfd){s->ready_fd >= 0 ? s->ready_fd : s->notify_fd, POLLIN, 0};
    slots[POLL_PROBE] = (struct pollfd){s->probe.running ? s->probe.fd : -1, s->probe.events, 0};
    poll_lines(&slots[POLL_OUTPUT], &s->output, s->output_blocked);
    poll_lines(&slots[POLL_ERROR], &s->error, s->error_blocked);
    if (poll(slots, POLL_SLOTS, time_left(s)) < 0)
        return true; /* EINTR: nothing is unblocked, but a tracer may interrupt */
    if (slots[POLL_OUTPUT].revents)
        pump(&s->output, &s->output_blocked);
    if (slots[POLL_ERROR].revents)
        pump(&s->error, &s->error_blocked);
    if (slots[POLL_READY].revents)
        read_ready(s);
    if (slots[POLL_PROBE].revents)
        probe_result(s, probe_step(&s->probe));
    if (slots[POLL_SIGNALS].revents) {
        (void)signals_read(s->signal_fd); /* all it says is: look */
        reap(s);
    }
    if (!slots[POLL_CONTROL].revents)
        return true;
    int r = message_receive(s->setup->control, &m);
    if (r == 0)
        obey(s, &m);
    return r != -ECONNRESET;
}

static void make_pipe(struct lines *l, int *ret_end, char *buffer)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return; /* then output is handed on as it is */
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    l->from = ends[0];
    l->buffer = buffer;
    *ret_end = ends[1];
}

static void prepare_output(struct stub *s)
{
    const struct service *v = s->service;
    const char *prefix = s->setup->prefix ? s->setup->prefix : "";
    s->output = (struct lines){.from = -1, .to = 1, .prefix = prefix};
    s->error = (struct lines){.from = -1, .to = 2, .prefix = prefix};
    if (v->log_folder) {
        s->log = (struct log){v->log_folder, v->name, v->log_files, v->log_size, 0, -1, -1};
        int r = log_open(&s->log);
        if (r < 0)
            say("%s: log in %s: %s; it goes to standard output", v->name, v->log_folder, strerror(-r));
        else
            s->output.log = &s->log;
        make_pipe(&s->output, &s->output_end, output_buffer);
        s->error_end = s->output_end;
    } else if (s->setup->prefix) {
        make_pipe(&s->output, &s->output_end, output_buffer);
        make_pipe(&s->error, &s->error_end, error_buffer);
    }
}

int stub_run(struct stub_setup *setup)
{
    const struct service *v = setup->service;
    struct stub s = {
        .setup = setup,
        .service = v,
        .ready_fd = -1,
        .notify_fd = -1,
        .output_end = -1,
        .error_end = -1,
        .probe = {.fd = -1},
        .backoff = {.min_ms = v->restart_min_ms,
                    .max_ms = v->restart_max_ms,
                    .give_up_count = v->give_up_count,
                    .give_up_ms = v->give_up_ms},
    };
    uint64_t child = signal_bit(SIGCHLD);
    signals_set_mask(UINT64_MAX);
    s.signal_fd = signals_open(child);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* known since Linux 3.4 */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);        /* the service is the same user: keep it out of here */
    if (v->ready.kind == PROBE_NOTIFY)
        s.notify_fd = notify_open(v->name, &setup->environment);
    prepare_output(&s);
    memory_settle();
    do
        handle_timers(&s);
    while (wait_and_handle(&s));
    children_signal(SIGKILL, s.pid);
    drain_output(&s);
    return 0;
}
