/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Process 1 of a container until it executes what it was made for. */
#include "plan/start.h"

struct payload_start {
    const struct start_plan *plan;
    int sync_fd;
    int user_fd;             /* a user namespace to join, or -EBADF: it was cloned into its own */
    int streams[3];          /* standard streams; -EBADF with plan->process.tty, or for stdin: /dev/null */
    bool joined;             /* an exec: it is in all of its namespaces already, and outlives its parent */
    uint64_t new_namespaces; /* CLONE_NEW* to make after the user namespace exists */
};

/* Never returns: executes, or sends its failure and ends. */
_Noreturn void payload_run(const struct payload_start *start);
