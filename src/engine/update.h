/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* New limits for a container that was made earlier. */
#include "engine/container.h"

/* What `update` changes: members of struct container_request of the same name. NULL, UPDATE_KEEP: as it is;
 * "0" and 0: no limit (cpu_shares: the usual share). */
#define UPDATE_KEEP INT64_MIN
struct container_update {
    char *memory, *memory_swap, *memory_reservation, *cpus, *cpuset_cpus, *cpuset_mems;
    int64_t cpu_shares, cpu_period, cpu_quota, pids_limit, blkio_weight;
};

/* Changes the limits of a container, of its processes if it runs. A failure leaves record and control groups
 * as they were. */
int container_update(struct engine *e, const char *who, const struct container_update *update,
                     struct failure *failure) must_check;
