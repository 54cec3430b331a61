/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* /proc/PID/net/dev, proc_pid_net(5): what the interfaces of a network namespace counted. The kernel writes
 * it; a line of another form is passed over. */
#include "base/ownership.h"

#include <stdint.h>

struct network_counters {
    uint64_t received_bytes, sent_bytes;
};

/* The sum over all interfaces but "lo". -ENOMEM. */
int network_counters_sum(const char *text, struct network_counters *ret_counters) must_check;
