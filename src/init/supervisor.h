/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "init/config.h"

enum entry_state {
    ENTRY_WAITING, /* for what it needs */
    ENTRY_STARTING,
    ENTRY_READY,
    ENTRY_STOPPING,
    ENTRY_ENDED,
};

struct entry {
    const struct service *service;
    pid_t stub;
    int fd;       /* to the stub; -1 when that is gone */
    uint32_t uid; /* whose service it is */
    enum entry_state state;
    int status; /* exit status once it has ended */
    int pid;    /* of the service as its stub sees it, 0: none */
    unsigned starts;
    bool unhealthy, gave_up;
    bool stopped_by_hand; /* ctl stop: its end does not end the container */
};

struct supervisor {
    struct entry entries[SERVICES_MAX];
    size_t count;
    int control; /* see control.h; -1: none */
    int signal_fd;
    bool stopping;
    bool hurry; /* a second SIGTERM: no drain delay any more */
    int status; /* to end with */
    bool status_known;
};

/* Process 1 of `unroot-init up` once it is nobody: starts what is fulfilled, stops in the opposite order,
 * reaps. Returns the exit status when all services have ended. */
own_frame int supervisor_run(struct supervisor *s);

/* For control.c: what `ctl` and `check` ask for. */
void supervisor_stop_service(struct supervisor *s, struct entry *e);
void supervisor_restart_service(struct supervisor *s, struct entry *e);
const char *entry_state_name(const struct entry *e);
