/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "init/config.h"

struct stub_setup {
    const struct service *service;
    struct environment environment; /* the service's, complete but for LISTEN_PID and NOTIFY_SOCKET */
    int control;                    /* to process 1 */
    const int *listens;             /* the service's listening sockets */
    size_t listen_count;
    const char *prefix; /* of its lines of output, NULL: output is handed on as it is */
};

/* Supervises one service as that service's user until process 1 is gone. Returns the exit status. */
own_frame int stub_run(struct stub_setup *setup);
