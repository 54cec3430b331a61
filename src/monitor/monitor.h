/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The life of a monitor: states x events. */
#include "monitor/state.h"

/* `m` is zeroed memory. Takes over the descriptors of the settings. */
void monitor_init(struct monitor *m, const struct monitor_settings *settings);
/* Until the payload has ended and everyone who is attached knows it. STATE_DONE: a client has cleaned up;
 * STATE_ABANDONED: that is still to be done. */
enum monitor_state monitor_run(struct monitor *m);
