/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Resource limits and the out-of-memory score of a payload, set from outside while it waits. */
#include "base/failure.h"
#include "plan/start.h"

#include <sys/types.h>

struct limits_target {
    pid_t pid;
    int proc_fd; /* a proc of the namespace that `pid` is a number of */
    uid_t uid;   /* the payload's, on the host */
    gid_t gid;
    uid_t own_uid; /* what this process is, with capabilities to become the above and to come back */
    gid_t own_gid;
    bool clamp; /* what is above this process's own hard limits becomes that, where it may not raise them */
};

/* oom_score_adj of a process, proc(5); `clamp`: where nobody may lower it, it stays as it is. */
int limits_set_oom_score(int proc_fd, pid_t pid, int score, bool clamp, struct failure *failure) must_check;
/* Negative errno with `failure` filled; -EPERM: a limit above the host's own that nobody here may raise. */
int limits_apply(const struct limits_target *target, const struct process_plan *process,
                 struct failure *failure) must_check;
