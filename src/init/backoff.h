/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* How long to wait before a restart, and when to stop trying. Pure: the caller brings the clock. */
#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_MEMORY 32

struct backoff {
    int64_t min_ms, max_ms; /* doubles from the one to the other */
    unsigned give_up_count; /* 0: never gives up; at most BACKOFF_MEMORY */
    int64_t give_up_ms;     /* so many failures within this time are the end */
    int64_t current_ms;     /* what the next wait will be; 0: the smallest */
    int64_t failures[BACKOFF_MEMORY];
    unsigned failure_count; /* ever; the newest is at (failure_count - 1) % BACKOFF_MEMORY */
};

/* A run that began at started_ms ended at now_ms. The wait in ms, or -1: give up. A run that lasted longer
 * than max_ms (and than a second) starts again from the smallest wait. */
int64_t backoff_next(struct backoff *b, int64_t started_ms, int64_t now_ms);
