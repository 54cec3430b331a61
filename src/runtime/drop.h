/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The irreversible part of every process of a container: of process 1 and of what exec adds.
 * Async-signal-safe. */
#include "base/failure.h"
#include "plan/start.h"

/* Ids, capability sets, no_new_privs, umask, and the filter when no_new_privs is not wanted: in that order,
 * see the table in drop.c. The caller is in the container's user namespace with all of its capabilities.
 * credentials(7), capabilities(7). */
int privileges_drop(const struct process_plan *process, struct failure *failure) must_check;
/* The filter under no_new_privs: the last thing before execution. seccomp(2) */
int privileges_filter(const struct process_plan *process, struct failure *failure) must_check;
/* Executes process->argv, looked for in its PATH. Only returns on failure: -ENOENT (127), -EACCES and others
 * (126). */
int program_execute(const struct process_plan *process, struct failure *failure) must_check;
