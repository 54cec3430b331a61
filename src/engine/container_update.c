/* SPDX-License-Identifier: Apache-2.0 */
/* New limits for a container: its record's, and those of the control groups that it runs in. */
#include "base/strings.h"
#include "engine/request_disks.h"
#include "engine/request_limits.h"
#include "engine/running.h"
#include "engine/update.h"
#include "formats/cpu_list.h"
#include "kernel/cgroup.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define CPU_SHARES_USUAL 1024 /* what a group has from its birth */
#define CPU_PERIOD_USUAL_US 100000
#define PAUSE_MAX_MS 16

static bool wants(int64_t value)
{
    return value != UPDATE_KEEP;
}

static bool wants_memory(const struct container_update *u)
{
    return u->memory || u->memory_swap || u->memory_reservation;
}

static bool wants_quota(const struct container_update *u)
{
    return u->cpus || wants(u->cpu_period) || wants(u->cpu_quota);
}

/* "0", "0.0" */
static bool is_zero(const char *text)
{
    return text && text[0] == '0' && text[strspn(text, "0.")] == '\0';
}

static int check_numbers(const struct container_update *u, const struct container_request *before,
                         struct failure *failure)
{
    const struct {
        const char *flag;
        int64_t value, min, max;
    } numbers[] = {
        {"cpu-shares", u->cpu_shares, 0, INT64_MAX}, {"cpu-period", u->cpu_period, 0, INT64_MAX},
        {"cpu-quota", u->cpu_quota, -1, INT64_MAX},  {"pids-limit", u->pids_limit, -1, INT64_MAX},
        {"blkio-weight", u->blkio_weight, 10, 1000},
    };
    const char *const lists[][2] = {{"cpuset-cpus", u->cpuset_cpus}, {"cpuset-mems", u->cpuset_mems}};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        if (wants(numbers[i].value) &&
            (numbers[i].value < numbers[i].min || numbers[i].value > numbers[i].max))
            return refuse(failure, -EINVAL, "--%s=%lld: a number from %lld%s", numbers[i].flag,
                          (long long)numbers[i].value, (long long)numbers[i].min,
                          numbers[i].max == 1000 ? " to 1000" : " up");
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        if (lists[i][1] && cpu_list_parse(lists[i][1], NULL) < 0)
            return refuse(failure, -EINVAL, "--%s=%s: a list such as 0-2,4", lists[i][0], lists[i][1]);
    if (wants(u->cpu_period) && !wants(u->cpu_quota) && !u->cpus && before->cpus)
        return refuse(failure, -EINVAL,
                      "--cpu-period: the container has --cpus=%s: give --cpu-quota too, or --cpus again",
                      before->cpus);
    return 0;
}

static int set_text(char **member, const char *value)
{
    char *copy = value ? strdup(value) : NULL;
    if (value && !copy)
        return -ENOMEM;
    if (!value)
        return 0;
    free(*member);
    *member = copy;
    return 0;
}

/* --cpus means a quota and a period: the one that was asked for last counts. */
static int set_quota(const struct container_update *u, struct container_request *request)
{
    if (!wants_quota(u))
        return 0;
    if (u->cpus && !wants(u->cpu_quota) && !wants(u->cpu_period)) {
        request->cpu_quota = 0;
        request->cpu_period = 0;
    } else if (!u->cpus) {
        free(TAKE_PTR(request->cpus));
    }
    if (wants(u->cpu_period))
        request->cpu_period = (uint64_t)u->cpu_period;
    if (wants(u->cpu_quota))
        request->cpu_quota = u->cpu_quota;
    if (is_zero(u->cpus)) {
        free(TAKE_PTR(request->cpus));
        return 0;
    }
    return set_text(&request->cpus, u->cpus);
}

static int change_request(const struct container_update *u, struct container_request *request,
                          struct failure *failure)
{
    int r = check_numbers(u, request, failure);
    if (r < 0)
        return r;
    r = set_quota(u, request);
    if (r == 0)
        r = set_text(&request->memory, u->memory);
    if (r == 0)
        r = set_text(&request->memory_swap, u->memory_swap);
    if (r == 0)
        r = set_text(&request->memory_reservation, u->memory_reservation);
    if (r == 0)
        r = set_text(&request->cpuset_cpus, u->cpuset_cpus);
    if (r == 0)
        r = set_text(&request->cpuset_mems, u->cpuset_mems);
    if (r < 0)
        return fail(failure, r, "the limits");
    if (wants(u->cpu_shares))
        request->cpu_shares = (uint64_t)u->cpu_shares;
    if (wants(u->pids_limit))
        request->pids_limit = u->pids_limit;
    if (wants(u->blkio_weight))
        request->blkio_weight = (uint32_t)u->blkio_weight;
    return container_check(request, failure);
}

/* What of the request is changed, with what belongs together: the rest is neither read nor written again. The
 * words are lent by `all`. */
static struct container_request changed_part(const struct container_update *u,
                                             const struct container_request *all)
{
    struct container_request part = {0};
    if (wants_memory(u)) {
        part.memory = all->memory;
        part.memory_swap = all->memory_swap;
        part.memory_reservation = all->memory_reservation;
    }
    if (wants_quota(u)) {
        part.cpus = all->cpus;
        part.cpu_period = all->cpu_period;
        part.cpu_quota = all->cpu_quota;
    }
    part.cpuset_cpus = u->cpuset_cpus;
    part.cpuset_mems = u->cpuset_mems;
    part.cpu_shares = wants(u->cpu_shares) ? all->cpu_shares : 0;
    part.pids_limit = wants(u->pids_limit) ? all->pids_limit : 0;
    part.blkio_weight = wants(u->blkio_weight) ? all->blkio_weight : 0;
    return part;
}

/* What the request has no more: to the kernel "nothing said" is "as it is". */
static void lift_limits(const struct container_update *u, struct cgroup_limits *limits,
                        struct cgroup_rows *rows)
{
    if (u->memory && limits->memory_bytes == 0)
        limits->memory_bytes = -1;
    if (u->memory_reservation && limits->memory_reservation_bytes == 0)
        cgroup_rows_add(rows, &(struct cgroup_extra){.controller = CGROUP_MEMORY,
                                                     .what = "memory reservation",
                                                     .v1 = {{"memory.soft_limit_in_bytes", "-1"}},
                                                     .v2 = {{"memory.low", "0"}},
                                                     .optional = true});
    if (wants_quota(u) && limits->cpu_quota_us == 0) {
        limits->cpu_quota_us = -1;
        if (limits->cpu_period_us == 0)
            limits->cpu_period_us = CPU_PERIOD_USUAL_US;
    }
    if (wants(u->cpu_shares) && limits->cpu_shares == 0)
        limits->cpu_shares = CPU_SHARES_USUAL;
    if (wants(u->pids_limit) && limits->pids_max == 0)
        limits->pids_max = -1;
    limits->extra = rows->items;
    limits->extra_count = rows->count;
}

static int read_changes(const struct container_update *u, const struct container_request *request,
                        struct cgroup_rows *rows, struct cgroup_limits *ret_limits, struct failure *failure)
{
    struct container_request part = changed_part(u, request);
    int r = request_read_limits(&part, rows, ret_limits, failure);
    if (r < 0)
        return r;
    lift_limits(u, ret_limits, rows);
    if (rows->error < 0)
        return fail(failure, rows->error, "the limits");
    return cgroup_limits_check(ret_limits, failure);
}

/* The groups of the run first: they can be changed back when the record cannot be written. */
static int change_running(struct engine *e, const struct container_state *state,
                          const struct container_record *record, const struct cgroup_limits *limits,
                          struct failure *failure)
{
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    autovalues struct cgroup_values before = {0};
    if (!state->cgroup)
        return refuse(failure, -EOPNOTSUPP, "container %.12s has no control group", record->id);
    int r = cgroup_open(state->cgroup, &cgroup, failure);
    if (r == 0)
        r = cgroup_update(&cgroup, state->pid, limits, &before, failure);
    if (r < 0)
        return r;
    r = record_write(e, record, true);
    if (r == 0)
        return 0;
    r = fail(failure, r, "writing the record of container %.12s", record->id);
    cgroup_values_restore(&before, failure);
    return r;
}

/* Whether the record counts for all that runs: no other run began while it was changed. */
static bool is_settled(struct engine *e, const char *id, int64_t started)
{
    autostate struct container_state state = {0};
    return !container_is_locked(e, id) || (state_read(e, id, &state) == 0 && state.started == started);
}

/* One attempt. 1: it is between two states, or another run has begun: once more. */
static int update_once(struct engine *e, const char *id, const struct container_update *update,
                       struct failure *failure)
{
    autorecord struct container_record record = {0};
    autostate struct container_state state = {0};
    autorows struct cgroup_rows rows = {0};
    autoclose int lock = -EBADF, pidfd = -EBADF;
    struct cgroup_limits limits;
    struct failure not_running = {0};
    int held = container_lock(e, id, false, &lock);
    int r = held == 0 || held == -EWOULDBLOCK ? record_read(e, id, &record) : held;
    if (r < 0)
        return fail(failure, r, "reading the record of container %.12s", id);
    r = change_request(update, &record.request, failure);
    if (r == 0)
        r = read_changes(update, &record.request, &rows, &limits, failure);
    if (r < 0)
        return r;
    if (held == 0) { /* it does not run, and nobody starts it */
        r = record_write(e, &record, true);
        return r < 0 ? fail(failure, r, "writing the record of container %.12s", id) : 0;
    }
    if (running_open(e, id, &state, &pidfd, &not_running) < 0)
        return 1;
    r = change_running(e, &state, &record, &limits, failure);
    return r < 0 ? r : !is_settled(e, id, state.started);
}

int container_update(struct engine *e, const char *who, const struct container_update *update,
                     struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    autoclose int turn = -EBADF;
    int r = container_find(e, who, id, failure);
    if (r < 0)
        return r;
    r = record_begin(e, id, &turn);
    if (r < 0)
        return fail(failure, r, "changing container %.12s", id);
    for (int pause_ms = 1;; pause_ms = pause_ms < PAUSE_MAX_MS ? 2 * pause_ms : pause_ms) {
        r = update_once(e, id, update, failure);
        if (r <= 0)
            return r;
        const struct timespec pause = {.tv_nsec = pause_ms * 1000000L};
        (void)nanosleep(&pause, NULL); /* a shorter one does no harm */
    }
}
