/* SPDX-License-Identifier: Apache-2.0 */
/* Runs in: process 1 of `unroot-init up`. Power: none, it is 65532 (or whoever started it, if not root).
 * Must not: execute or open anything, or wait for a stub's answer. */
#include "init/supervisor.h"

#include "init/control.h"
#include "init/files.h"
#include "init/memory.h"
#include "init/message.h"
#include "init/signals.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static uint32_t bit_of(const struct supervisor *s, const struct entry *e)
{
    return UINT32_C(1) << (e - s->entries);
}

const char *entry_state_name(const struct entry *e)
{
    static const char *const names[] = {"waiting", "starting", "ready", "stopping", "ended"};
    return e->gave_up ? "gave-up" : e->state == ENTRY_READY && e->unhealthy ? "unhealthy" : names[e->state];
}

/* What others that need it may rely on. */
static bool is_fulfilled(const struct entry *e)
{
    if (e->service->once == ONCE_MAY_FAIL)
        return e->state == ENTRY_ENDED;
    if (e->service->once)
        return e->state == ENTRY_ENDED && e->status == 0;
    return e->state == ENTRY_READY;
}

static void start_fulfilled(struct supervisor *s)
{
    uint32_t fulfilled = 0;
    for (size_t i = 0; i < s->count; i++)
        fulfilled |= is_fulfilled(&s->entries[i]) ? bit_of(s, &s->entries[i]) : 0;
    for (size_t i = 0; i < s->count && !s->stopping; i++) {
        struct entry *e = &s->entries[i];
        if (e->state != ENTRY_WAITING || (e->service->needs & ~fulfilled))
            continue;
        e->state = ENTRY_STARTING;
        (void)!message_send(e->fd, MESSAGE_START, 0); /* a stub that is gone is noticed when it is reaped */
    }
}

/* Those that nobody who still runs needs. What has not begun is over at once. */
static void stop_next(struct supervisor *s)
{
    bool more = true;
    while (more) {
        uint32_t needed = 0;
        more = false;
        for (size_t i = 0; i < s->count; i++)
            needed |= s->entries[i].state != ENTRY_ENDED ? s->entries[i].service->needs : 0;
        for (size_t i = 0; i < s->count; i++) {
            struct entry *e = &s->entries[i];
            if (e->state == ENTRY_ENDED || e->state == ENTRY_STOPPING || (needed & bit_of(s, e)))
                continue;
            if (e->state == ENTRY_WAITING) {
                e->state = ENTRY_ENDED;
                more = true;
                continue;
            }
            e->state = ENTRY_STOPPING;
            (void)!message_send(e->fd, MESSAGE_STOP, s->hurry); /* as above */
        }
    }
}

static void stop_all(struct supervisor *s, int status)
{
    if (!s->status_known) {
        s->status_known = true;
        s->status = status;
    }
    s->stopping = true;
    stop_next(s);
}

/* Without a main service the container ends with the last one that stays. */
static void check_all_ended(struct supervisor *s)
{
    int status = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct entry *e = &s->entries[i];
        if (e->state != ENTRY_ENDED)
            return;
        if (!e->stopped_by_hand && e->service->once != ONCE_MAY_FAIL && status == 0)
            status = e->status;
    }
    stop_all(s, status);
}

static void service_ended(struct supervisor *s, struct entry *e, int status)
{
    const struct service *v = e->service;
    bool asked = e->state == ENTRY_STOPPING || e->stopped_by_hand;
    e->state = ENTRY_ENDED;
    e->status = status;
    e->pid = 0;
    if (v->main && (!e->stopped_by_hand || s->stopping)) {
        /* What the main service ended with counts, also when it was told to end. */
        s->status_known = s->status_known && !s->stopping;
        stop_all(s, status);
    } else if (!asked && status != 0 && v->once != ONCE_MAY_FAIL) {
        say("%s ended with %d: stopping all", v->name, status);
        stop_all(s, status);
    } else if (s->stopping) {
        stop_next(s);
    } else {
        check_all_ended(s);
        start_fulfilled(s);
    }
}

static void handle_message(struct supervisor *s, struct entry *e, const struct message *m)
{
    switch (m->kind) {
    case MESSAGE_STARTED:
        e->pid = m->value;
        e->starts++;
        e->unhealthy = e->gave_up = e->stopped_by_hand = false;
        if (e->state != ENTRY_STOPPING)
            e->state = ENTRY_STARTING;
        break;
    case MESSAGE_READY:
        if (e->state == ENTRY_STARTING)
            e->state = ENTRY_READY;
        start_fulfilled(s);
        memory_release();
        break;
    case MESSAGE_HEALTHY:
        e->unhealthy = m->value == 0;
        break;
    case MESSAGE_WAITING:
        e->pid = 0;
        if (e->state == ENTRY_READY)
            e->state = ENTRY_STARTING;
        break;
    case MESSAGE_GAVE_UP:
        e->gave_up = true;
        service_ended(s, e, m->value ? m->value : 1);
        break;
    case MESSAGE_ENDED:
        service_ended(s, e, m->value);
        break;
    default:
        break;
    }
}

static void reap(struct supervisor *s)
{
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        for (size_t i = 0; i < s->count; i++) {
            struct entry *e = &s->entries[i];
            if (e->stub != pid)
                continue;
            e->stub = 0;
            if (e->state == ENTRY_ENDED)
                continue;
            /* Nobody is left who could start or stop that service, so the container cannot go on. */
            say("the supervisor of %s is gone: stopping all", e->service->name);
            service_ended(s, e, EXIT_SYSTEM);
        }
}

static void pass_on(struct supervisor *s, int signal_number)
{
    bool has_main = false;
    for (size_t i = 0; i < s->count; i++)
        has_main = has_main || s->entries[i].service->main;
    for (size_t i = 0; i < s->count; i++)
        if (s->entries[i].fd >= 0 && (s->entries[i].service->main || !has_main))
            (void)!message_send(s->entries[i].fd, MESSAGE_SIGNAL, signal_number); /* as above */
}

static void handle_signal(struct supervisor *s, int signal_number)
{
    if (signal_number == SIGCHLD) {
        reap(s);
    } else if (signal_number == SIGTERM || signal_number == SIGINT || signal_number == SIGQUIT ||
               signal_number == SIGPWR) {
        s->hurry = s->stopping;
        for (size_t i = 0; i < s->count && s->hurry; i++)
            if (s->entries[i].state == ENTRY_STOPPING)
                (void)!message_send(s->entries[i].fd, MESSAGE_STOP, 1); /* as above */
        stop_all(s, 0);
    } else {
        pass_on(s, signal_number);
    }
}

void supervisor_stop_service(struct supervisor *s, struct entry *e)
{
    (void)s;
    if (e->state == ENTRY_ENDED)
        return;
    e->stopped_by_hand = true;
    if (e->state == ENTRY_WAITING) {
        e->state = ENTRY_ENDED;
        return;
    }
    e->state = ENTRY_STOPPING;
    (void)!message_send(e->fd, MESSAGE_STOP, 0); /* a stub that is gone is noticed when it is reaped */
}

void supervisor_restart_service(struct supervisor *s, struct entry *e)
{
    if (s->stopping)
        return;
    e->state = ENTRY_STARTING;
    e->stopped_by_hand = false;
    (void)!message_send(e->fd, MESSAGE_RESTART, 0); /* as above */
}

static bool all_ended(const struct supervisor *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->entries[i].state != ENTRY_ENDED)
            return false;
    return s->stopping;
}

static void receive_all(struct supervisor *s, struct entry *e)
{
    struct message m;
    int r;
    while ((r = message_receive(e->fd, &m)) == 0)
        handle_message(s, e, &m);
    if (r == -ECONNRESET) {
        close(e->fd); /* the stub has ended: reaping it says the rest */
        e->fd = -1;
    }
}

static void wait_and_handle(struct supervisor *s)
{
    struct pollfd slots[SERVICES_MAX + 2];
    for (size_t i = 0; i < s->count; i++)
        slots[i] = (struct pollfd){s->entries[i].fd, POLLIN, 0};
    slots[s->count] = (struct pollfd){s->signal_fd, POLLIN, 0};
    slots[s->count + 1] = (struct pollfd){s->control, POLLIN, 0};
    if (poll(slots, s->count + 2, -1) < 0)
        return; /* EINTR: a tracer */
    for (size_t i = 0; i < s->count; i++)
        if (slots[i].revents)
            receive_all(s, &s->entries[i]);
    if (slots[s->count].revents) {
        int signal_number;
        while ((signal_number = signals_read(s->signal_fd)) > 0)
            handle_signal(s, signal_number);
    }
    if (slots[s->count + 1].revents)
        control_serve(s);
}

/* The stubs end by themselves when their socket is closed; they are all that is left to wait for. */
static void dismiss_stubs(struct supervisor *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->entries[i].fd >= 0)
            close(s->entries[i].fd);
    for (size_t i = 0; i < s->count; i++)
        if (s->entries[i].stub > 0)
            while (waitpid(s->entries[i].stub, NULL, 0) < 0 && errno == EINTR)
                ;
}

int supervisor_run(struct supervisor *s)
{
    s->signal_fd = signals_open(UINT64_MAX);
    if (s->signal_fd < 0)
        return EXIT_SYSTEM;
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* known since Linux 2.4 */
    memory_settle();
    start_fulfilled(s);
    while (!all_ended(s))
        wait_and_handle(s);
    dismiss_stubs(s);
    return s->status;
}
