/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* When a failed exchange is tried again: a pure function of what happened. */
#include <stdbool.h>
#include <stdint.h>

#define RETRY_BASE_MS 500
#define RETRY_MAX_MS 30000
#define RETRY_AFTER_MAX_SECONDS 120     /* a server that wants more is told to the person instead */
#define RETRY_PROGRESS_BYTES (1u << 20) /* a transfer that got so far begins to count anew */

struct retry_facts {
    uint32_t attempt;  /* that failed; 1 is the first */
    uint32_t attempts; /* allowed */
    uint32_t status;   /* HTTP; 0: the connection failed */
    bool broken;       /* the connection failed in a way that may pass */
    bool has_retry_after;
    uint32_t retry_after; /* seconds */
    uint32_t random;      /* any number: the jitter */
};

/* Statuses that may pass: 408, 429, 500, 502, 503, 504. */
bool retry_status(uint32_t status);
/* Milliseconds to wait, or -1: give up. */
int64_t retry_decide(const struct retry_facts *facts);
