/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a container uses at a moment. */
#include "engine/container.h"

#define SAMPLE_UNKNOWN UINT64_MAX /* nothing here counts that */

struct container_sample {
    bool running;                /* else all of it is 0 */
    int64_t run;                 /* which run of the container: counters of two runs are not to be compared */
    uint64_t taken_ns;           /* monotonic */
    uint64_t cpu_ns;             /* since its start */
    uint64_t memory_bytes;       /* without what the page cache can give back at once, as docker tells it */
    uint64_t memory_limit_bytes; /* the machine's memory where there is no limit */
    /* Of its own network namespace; unknown in the host's. */
    uint64_t received_bytes, sent_bytes;
    /* Where no control group counts: what its processes, and those that they have reaped, did. */
    uint64_t read_bytes, written_bytes;
    uint64_t pids;
};

/* -ENOENT: no such container. */
int container_sample(struct engine *e, const char *who, struct container_sample *ret_sample,
                     struct failure *failure) must_check;
