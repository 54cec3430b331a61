/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* layer_stage() in a process of its own, so that several layers are read side by side: a copy of the caller
 * that ends with it. What it staged comes back by a socket and is the caller's to publish. */
#include "store/layer.h"

struct layer_worker {
    const struct store *store;
    int pidfd, socket_fd; /* -EBADF: not running */
    uint64_t done, total; /* as it last reported */
};

#define LAYER_WORKER_NONE ((struct layer_worker){.pidfd = -EBADF, .socket_fd = -EBADF})

/* `source` is only read until this returns; its descriptors are the worker's too from then on. */
int layer_worker_start(const struct store *s, const struct layer_source *source,
                       struct layer_worker *ret_worker, struct failure *failure) must_check;
/* When socket_fd is readable (else it waits). 1: it got further, see .done; 0: it ended and *ret_stage is the
 * caller's; -errno with `failure`: it ended without. */
int layer_worker_receive(struct layer_worker *w, struct layer_stage *ret_stage,
                         struct failure *failure) must_check;
/* Kills it if it runs; what it staged is rubbish (store/staging.h). */
void layer_worker_end(struct layer_worker *w);
/* How many layers to read side by side: by processors and free memory, 1..LAYER_WORKERS_MAX. */
#define LAYER_WORKERS_MAX 4
unsigned layer_worker_count(void);
