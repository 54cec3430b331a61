/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/limits.h"

#include "kernel/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

static int limits_become(uid_t uid, gid_t gid)
{
    int r = credentials_set_group(gid);
    return r < 0 ? r : credentials_set_user(uid);
}

/* Only CAP_SYS_RESOURCE sets another user's limits (prlimit(2)); where root has none, its own user may lower
 * them. */
static int limits_set(const struct limits_target *t, const struct rlimit_plan *limit)
{
    struct rlimit value = {limit->soft, limit->hard};
    if (prlimit(t->pid, (__rlimit_resource_t)limit->resource, &value, NULL) == 0)
        return 0;
    if (errno != EPERM)
        return -errno;
    struct rlimit own;
    if (t->clamp && getrlimit((__rlimit_resource_t)limit->resource, &own) == 0) {
        value.rlim_max = value.rlim_max > own.rlim_max ? own.rlim_max : value.rlim_max;
        value.rlim_cur = value.rlim_cur > value.rlim_max ? value.rlim_max : value.rlim_cur;
    }
    int r = limits_become(t->uid, t->gid);
    if (r < 0)
        return r;
    int error = prlimit(t->pid, (__rlimit_resource_t)limit->resource, &value, NULL) < 0 ? -errno : 0;
    r = limits_become(t->own_uid, t->own_gid);
    return r < 0 ? r : error;
}

int limits_set_oom_score(int proc_fd, pid_t pid, int score, bool clamp, struct failure *failure)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "%d/oom_score_adj", (int)pid); /* fits */
    autoclose int fd = openat(proc_fd, path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && dprintf(fd, "%d", score) > 0)
        return 0;
    /* An ordinary user's engine: nobody there may lower it. proc(5) */
    return clamp && errno == EACCES ? 0 : fail(failure, -errno, "setting oom_score_adj");
}

int limits_apply(const struct limits_target *target, const struct process_plan *process,
                 struct failure *failure)
{
    for (size_t i = 0; i < process->rlimit_count; i++) {
        const struct rlimit_plan *limit = &process->rlimits[i];
        int r = limits_set(target, limit);
        if (r == -EPERM)
            return refuse(failure, r, "resource limit %d: %llu is above what the host allows here",
                          limit->resource, (unsigned long long)limit->hard);
        if (r < 0)
            return fail(failure, r, "setting resource limit %d", limit->resource);
    }
    return process->has_oom_score_adj ? limits_set_oom_score(target->proc_fd, target->pid,
                                                             process->oom_score_adj, target->clamp, failure)
                                      : 0;
}
