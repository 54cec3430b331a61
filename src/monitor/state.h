/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Everything the monitor knows, in one zeroed mapping: no globals, no allocator. */
#include "monitor/client.h"
#include "monitor/ending.h"
#include "monitor/input.h"
#include "monitor/log_writer.h"
#include "monitor/output.h"

#define OUTPUTS 2

enum monitor_state {
    STATE_SERVING,   /* the payload runs */
    STATE_DRAINING,  /* it has ended and exit.json is written; what it wrote is still on its way */
    STATE_PARTING,   /* everyone is told; a client does the clean-up */
    STATE_ABANDONED, /* nobody does: execute the clean-up command */
    STATE_DONE,      /* the client has done it */
};
#define STATES_ALIVE (STATE_PARTING + 1)

struct monitor {
    const struct monitor_settings *settings;
    enum monitor_state state;
    int pidfd, listen_fd;
    int64_t now_ms;      /* monotonic, of this round */
    int64_t greet_by_ms; /* output waits so long for the first client's HELLO */
    int64_t quiet_by_ms; /* DRAINING: over when nothing came until then .. */
    int64_t give_up_ms;  /* .. or at the latest then; PARTING: when the client's clean-up is late */
    uint64_t drained_bytes;
    bool is_large; /* memory was used that an idle monitor does without */
    struct exit_record ended;
    struct output outputs[OUTPUTS];
    struct client clients[CLIENTS_MAX];
    struct chunk chunk;
    struct input input;
    struct log_writer log;
    _Alignas(LOG_PAGE) char bytes[MONITOR_OUTPUT_MAX]; /* of the chunk */
};
