/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The life of a monitor: states x events.
 *
 * When it is killed (-9; no other signal ends it) the payload runs on as a child of the host's process 1: its
 * next write to a pipe is a SIGPIPE, its terminal hangs up. No exit.json appears and clients see the end of
 * their connection. The next command finds the container's lock free while its record says that it runs, ends
 * what is left and records 137. */
#include "monitor/state.h"

/* `m` is zeroed memory. Takes over the descriptors of the settings. */
void monitor_init(struct monitor *m, const struct monitor_settings *settings);
/* Until the payload has ended and everyone who is attached knows it. STATE_DONE: a client has cleaned up;
 * STATE_ABANDONED: that is still to be done. */
enum monitor_state monitor_run(struct monitor *m);
