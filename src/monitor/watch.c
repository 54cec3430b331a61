/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/watch.h"

#include <limits.h>

static bool waits_for_greeting(const struct monitor *m)
{
    return m->clients[0].fd >= 0 && !m->clients[0].greeted && m->now_ms < m->greet_by_ms;
}

bool watch_is_held(const struct monitor *m)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (m->clients[i].owes & OWES_CHUNK)
            return true;
    return waits_for_greeting(m);
}

bool watch_outputs_ended(const struct monitor *m)
{
    for (size_t i = 0; i < OUTPUTS; i++)
        if (m->outputs[i].fd >= 0)
            return false;
    return true;
}

static struct pollfd slot(int fd, short events, bool wanted)
{
    return (struct pollfd){.fd = wanted ? fd : -1, .events = events};
}

size_t watch_fill(const struct monitor *m, struct pollfd slots[WATCH_COUNT])
{
    bool held = watch_is_held(m), serving = m->state == STATE_SERVING;
    slots[WATCH_PID] = slot(m->pidfd, POLLIN, serving);
    slots[WATCH_LISTEN] = slot(m->listen_fd, POLLIN, m->state != STATE_PARTING);
    slots[WATCH_INPUT] = slot(m->input.fd, POLLOUT, serving && input_is_waiting(&m->input, m->clients));
    for (size_t i = 0; i < OUTPUTS; i++)
        slots[WATCH_OUTPUT + i] =
            slot(m->outputs[i].fd, POLLIN, !held && m->now_ms >= m->outputs[i].retry_at_ms);
    size_t count = WATCH_CLIENT;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        const struct client *c = &m->clients[i];
        slots[WATCH_CLIENT + i] = slot(c->fd, c->owes != 0 ? POLLIN | POLLOUT : POLLIN, true);
        if (c->fd >= 0)
            count = WATCH_CLIENT + i + 1;
    }
    return count;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t watch_deadline(const struct monitor *m)
{
    switch (m->state) {
    case STATE_DRAINING:
        return watch_is_held(m) ? INT64_MAX : earlier(m->quiet_by_ms, m->give_up_ms);
    case STATE_PARTING:
        return m->give_up_ms;
    case STATE_SERVING:
    case STATE_ABANDONED:
    case STATE_DONE:
        break;
    }
    return INT64_MAX;
}

int watch_timeout(const struct monitor *m)
{
    int64_t until = watch_deadline(m);
    if (waits_for_greeting(m))
        until = earlier(until, m->greet_by_ms);
    for (size_t i = 0; i < OUTPUTS; i++)
        if (m->outputs[i].fd >= 0 && m->outputs[i].retry_at_ms > m->now_ms)
            until = earlier(until, m->outputs[i].retry_at_ms);
    if (m->is_large)
        until = earlier(until, m->now_ms + TRIM_AFTER_MS);
    if (until == INT64_MAX)
        return -1;
    int64_t left = until - m->now_ms;
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}
