/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A role is a table of named steps: the order is read in one place and every step can be made to fail. */
#include "base/failure.h"

#include <stddef.h>

struct step {
    const char *name;       /* "mount-overlay"; a failure is blamed on it */
    int (*run)(void *role); /* 0 or negative errno with the role's failure filled */
};

struct step_table {
    const char *role; /* "supervisor" */
    const struct step *steps;
    size_t count;
};

/* Runs the steps in order until one fails. In builds with -Dtest_hooks=true the variable
 * UNROOT_FAIL_STEP=ROLE/STEP makes that step fail with EIO before it runs, UNROOT_KILL_STEP=ROLE/STEP ends
 * the process by SIGKILL there, UNROOT_HOLD_STEP=ROLE/STEP lets it wait there until the file UNROOT_HOLD_FILE
 * is gone. */
int steps_run(const struct step_table *table, void *role, struct failure *failure) must_check;
