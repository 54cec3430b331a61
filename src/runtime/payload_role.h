/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The payload's state, and the steps that only an OCI engine's container has. For payload*.c alone. */
#include "base/failure.h"
#include "runtime/payload.h"

struct payload {
    const struct payload_start *start;
    const struct start_plan *plan;
    int sync_fd;
    int start_fd, answer_fd, reason_fd; /* OCI: moved when descriptors are closed */
    bool committed;                     /* OCI: failures go to answer_fd and reason_fd */
    struct strings environment;         /* OCI: the program's with HOME, when the configuration names none */
    int execute_error;                  /* not 0: what failed was executing the program */
    struct failure failure;
};

int payload_wait_for_scheduling(void *role) must_check;
int payload_set_attributes(void *role) must_check;
int payload_find_home(void *role) must_check;
int payload_find_program(void *role) must_check;
int payload_tell_ready(void *role) must_check;
int payload_wait_for_start(void *role) must_check;
int payload_run_start_hooks(void *role) must_check;
int payload_wait_for_hold(void *role) must_check;
/* Instead of copying a tree: enters the mount namespace by path. */
int payload_join_mounts(struct payload *p) must_check;
/* Closes all but the standard streams, the first `preserved` ones behind them, and ours. */
int payload_keep_descriptors(struct payload *p, unsigned preserved) must_check;
