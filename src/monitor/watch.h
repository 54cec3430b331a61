/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the monitor waits for: a function of its state alone, computed anew for each round. poll(2), because
 * at most a handful of descriptors is open and epoll(7) cannot be told to leave out a hung-up one. */
#include "monitor/state.h"

#include <poll.h>

enum watch_slot {
    WATCH_PID,
    WATCH_LISTEN,
    WATCH_INPUT,
    WATCH_OUTPUT,
    WATCH_CLIENT = WATCH_OUTPUT + OUTPUTS,
    WATCH_COUNT = WATCH_CLIENT + CLIENTS_MAX,
};

#define TRIM_AFTER_MS 200

/* Whether the payload's output waits: for the first client's HELLO, or for one that wants all of it. */
bool watch_is_held(const struct monitor *m);
bool watch_outputs_ended(const struct monitor *m);
/* Slots that are not waited for get the descriptor -1. Returns how many slots poll(2) must look at. */
size_t watch_fill(const struct monitor *m, struct pollfd slots[WATCH_COUNT]);
/* The deadline of the state, INT64_MAX when it has none. */
int64_t watch_deadline(const struct monitor *m);
/* Milliseconds for poll(2), -1 for ever. */
int watch_timeout(const struct monitor *m);
