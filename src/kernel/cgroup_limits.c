/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cgroup_limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PERIOD_DEFAULT_US 100000 /* Documentation/scheduler/sched-bwc.rst */
#define PERIOD_MIN_US 1000
#define PERIOD_MAX_US 1000000
#define QUOTA_MIN_US 1000
#define SHARES_MIN 2
#define SHARES_MAX 262144

struct maker {
    unsigned v2_controllers;
    struct cgroup_settings settings;
};

static struct cgroup_setting *add_setting(struct maker *m, enum cgroup_controller controller,
                                          const char *what)
{
    struct cgroup_setting *s = &m->settings.items[m->settings.count++];
    *s = (struct cgroup_setting){
        .controller = controller, .what = what, .v2 = (m->v2_controllers & (1U << controller)) != 0};
    return s;
}

static void add_number(struct cgroup_setting *s, const char *v1_file, const char *v2_file, int64_t value)
{
    s->file = s->v2 ? v2_file : v1_file;
    if (value < 0)
        (void)snprintf(s->value, sizeof(s->value), "%s", s->v2 ? "max" : "-1"); /* always fits */
    else
        (void)snprintf(s->value, sizeof(s->value), "%lld", (long long)value);
}

uint64_t cgroup_weight_of_shares(uint64_t shares)
{
    return 1 + ((shares - SHARES_MIN) * 9999) / (SHARES_MAX - SHARES_MIN);
}

/* v1 limits memory and swap together, v2 swap alone. Not given: as much swap as memory (docker's rule). */
static void make_swap(struct maker *m, const struct cgroup_limits *l)
{
    bool given = l->memory_swap_bytes != 0;
    int64_t memory = (int64_t)l->memory_bytes;
    int64_t both = given ? l->memory_swap_bytes : 2 * memory;
    struct cgroup_setting *s = add_setting(m, CGROUP_MEMORY, "memory and swap limit");
    add_number(s, "memory.memsw.limit_in_bytes", "memory.swap.max",
               s->v2 && both >= 0 ? both - memory : both);
    s->optional = !given;
}

static int make_memory(struct maker *m, const struct cgroup_limits *l, struct failure *f)
{
    if (l->memory_bytes > INT64_MAX / 2 || l->memory_reservation_bytes > INT64_MAX)
        return refuse(f, -EINVAL, "memory limit: the number is too large");
    if (l->memory_swap_bytes != 0 && l->memory_bytes == 0)
        return refuse(f, -EINVAL,
                      "memory and swap limit: needs a memory limit beside it, because it counts both");
    if (l->memory_swap_bytes < -1 ||
        (l->memory_swap_bytes > 0 && (uint64_t)l->memory_swap_bytes < l->memory_bytes))
        return refuse(f, -EINVAL, "memory and swap limit: less than the memory limit, but it counts both");
    if (l->memory_reservation_bytes > 0 && l->memory_bytes > 0 &&
        l->memory_reservation_bytes > l->memory_bytes)
        return refuse(f, -EINVAL, "memory reservation: more than the memory limit");
    if (l->memory_bytes > 0) {
        add_number(add_setting(m, CGROUP_MEMORY, "memory limit"), "memory.limit_in_bytes", "memory.max",
                   (int64_t)l->memory_bytes);
        make_swap(m, l);
    }
    if (l->memory_reservation_bytes > 0)
        add_number(add_setting(m, CGROUP_MEMORY, "memory reservation"), "memory.soft_limit_in_bytes",
                   "memory.low", (int64_t)l->memory_reservation_bytes);
    return 0;
}

static int make_quota(struct maker *m, const struct cgroup_limits *l, struct failure *f)
{
    uint64_t period = l->cpu_period_us ? l->cpu_period_us : PERIOD_DEFAULT_US;
    if (period < PERIOD_MIN_US || period > PERIOD_MAX_US)
        return refuse(f, -EINVAL, "cpu period: %llu us is outside %d to %d", (unsigned long long)period,
                      PERIOD_MIN_US, PERIOD_MAX_US);
    if (l->cpu_quota_us > 0 && (l->cpu_quota_us < QUOTA_MIN_US || l->cpu_quota_us > INT64_MAX))
        return refuse(f, -EINVAL, "cpu limit: at least a hundredth of a processor (quota of 1 ms) is needed");
    if (m->v2_controllers & (1U << CGROUP_CPU)) {
        struct cgroup_setting *s = add_setting(m, CGROUP_CPU, "cpu limit");
        s->file = "cpu.max";
        if (l->cpu_quota_us == 0)
            (void)snprintf(s->value, sizeof(s->value), "max %llu", (unsigned long long)period);
        else
            (void)snprintf(s->value, sizeof(s->value), "%llu %llu", (unsigned long long)l->cpu_quota_us,
                           (unsigned long long)period);
        return 0;
    }
    add_number(add_setting(m, CGROUP_CPU, "cpu period"), "cpu.cfs_period_us", NULL, (int64_t)period);
    if (l->cpu_quota_us > 0)
        add_number(add_setting(m, CGROUP_CPU, "cpu limit"), "cpu.cfs_quota_us", NULL,
                   (int64_t)l->cpu_quota_us);
    return 0;
}

static int make_shares(struct maker *m, const struct cgroup_limits *l, struct failure *f)
{
    if (l->cpu_shares < SHARES_MIN || l->cpu_shares > SHARES_MAX)
        return refuse(f, -EINVAL, "cpu shares: %llu is outside %d to %d", (unsigned long long)l->cpu_shares,
                      SHARES_MIN, SHARES_MAX);
    struct cgroup_setting *s = add_setting(m, CGROUP_CPU, "cpu shares");
    add_number(s, "cpu.shares", "cpu.weight",
               (int64_t)(s->v2 ? cgroup_weight_of_shares(l->cpu_shares) : l->cpu_shares));
    return 0;
}

static int make_set(struct maker *m, const char *what, const char *file, const char *list, struct failure *f)
{
    if (list[0] == '\0' || strspn(list, "0123456789,-") != strlen(list) ||
        strlen(list) >= CGROUP_SETTING_SIZE)
        return refuse(f, -EINVAL, "%s: \"%s\" is no list of numbers as \"0-2,4\"", what, list);
    struct cgroup_setting *s = add_setting(m, CGROUP_CPUSET, what);
    s->file = file;
    (void)snprintf(s->value, sizeof(s->value), "%s", list); /* fits, as just checked */
    return 0;
}

static int make_extra(struct maker *m, const struct cgroup_extra *extra, struct failure *f)
{
    struct cgroup_setting *s = add_setting(m, extra->controller, extra->what);
    s->file = s->v2 ? extra->v2_file : extra->v1_file;
    if (!s->file)
        return refuse(f, -EOPNOTSUPP, "%s: control groups of version %d have no such thing", extra->what,
                      s->v2 ? 2 : 1);
    if (strlen(extra->value) >= sizeof(s->value))
        return refuse(f, -EINVAL, "%s: the value is too long", extra->what);
    memcpy(s->value, extra->value, strlen(extra->value) + 1);
    return 0;
}

int cgroup_settings_make(const struct cgroup_limits *limits, unsigned v2_controllers,
                         struct cgroup_settings *ret_settings, struct failure *failure)
{
    struct maker m = {.v2_controllers = v2_controllers};
    int error = make_memory(&m, limits, failure);
    if (error == 0 && (limits->cpu_quota_us > 0 || limits->cpu_period_us > 0))
        error = make_quota(&m, limits, failure);
    if (error == 0 && limits->cpu_shares > 0)
        error = make_shares(&m, limits, failure);
    if (error == 0 && limits->cpuset_cpus)
        error = make_set(&m, "processor set", "cpuset.cpus", limits->cpuset_cpus, failure);
    if (error == 0 && limits->cpuset_mems)
        error = make_set(&m, "memory node set", "cpuset.mems", limits->cpuset_mems, failure);
    if (error == 0 && limits->pids_max < -1)
        error = refuse(failure, -EINVAL, "process limit: %lld is neither a number nor -1",
                       (long long)limits->pids_max);
    if (error == 0 && limits->pids_max > 0)
        add_number(add_setting(&m, CGROUP_PIDS, "process limit"), "pids.max", "pids.max", limits->pids_max);
    if (error == 0 && limits->pids_max == -1) {
        struct cgroup_setting *s = add_setting(&m, CGROUP_PIDS, "process limit");
        s->file = "pids.max";
        s->optional = true; /* unlimited is what a group is without the controller */
        (void)snprintf(s->value, sizeof(s->value), "max");
    }
    if (error == 0 && limits->extra_count > CGROUP_EXTRA_MAX)
        error = refuse(failure, -E2BIG, "limits: more than %d files", CGROUP_EXTRA_MAX);
    for (size_t i = 0; error == 0 && i < limits->extra_count; i++)
        error = make_extra(&m, &limits->extra[i], failure);
    if (error == 0)
        *ret_settings = m.settings;
    return error;
}
