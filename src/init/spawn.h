/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "init/config.h"

/* What a service's process gets. All descriptors stay the caller's. */
struct spawn {
    const struct service *service;
    struct environment *environment; /* with everything but LISTEN_PID */
    const int *listens;              /* become 3, 4 .. */
    size_t listen_count;
    int output, error; /* -1: as inherited */
    int ready;         /* the end to write a newline to, -1: none */
};

/* Starts it in a session of its own. The pid, or -errno. */
own_frame pid_t spawn_service(const struct spawn *s);
