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
/* What the process keeps for its filter, until execve(2) takes it away: without no_new_privs one that asks a
 * listener needs CAP_SYS_ADMIN. capabilities(7) "Transformation of capabilities during execve()" */
uint64_t privileges_kept(const struct process_plan *process) must_check;
/* The filter under no_new_privs, or one that asks a listener: the last thing before execution. seccomp(2) */
int privileges_filter(const struct process_plan *process, struct failure *failure) must_check;
/* Executes process->argv, looked for in its PATH. Only returns on failure: -ENOENT (127), -EACCES and others
 * (126). */
int program_execute(const struct process_plan *process, struct failure *failure) must_check;
/* The same behind a filter that asks a listener: no call but execve(2), since any other may wait for an
 * answer. When nothing could be executed it ends by SIGILL; why is seen by whoever follows it (listener.h).
 */
_Noreturn void program_execute_mute(const struct process_plan *process);
