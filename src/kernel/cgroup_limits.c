/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cgroup_limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PERIOD_DEFAULT_US 100000 /* Documentation/scheduler/sched-bwc.rst */
#define PERIOD_MIN_US 1000
#define PERIOD_MAX_US 1000000
#define QUOTA_MIN_US 1000
#define SHARES_MIN 2
#define SHARES_MAX 262144

#define OWN_SETTINGS_MAX 12

struct maker {
    const struct cgroup_limits *limits;
    unsigned v2_controllers;
    struct cgroup_settings settings; /* with room for all */
};

static const char *limit_name(const struct cgroup_limits *l, enum cgroup_name name)
{
    static const char *const english[CGROUP_NAMES] = {
        [CGROUP_NAME_MEMORY] = "memory limit",
        [CGROUP_NAME_SWAP] = "memory and swap limit",
        [CGROUP_NAME_RESERVATION] = "memory reservation",
        [CGROUP_NAME_QUOTA] = "cpu limit",
        [CGROUP_NAME_PERIOD] = "cpu period",
        [CGROUP_NAME_SHARES] = "cpu shares",
        [CGROUP_NAME_CPUS] = "processor set",
        [CGROUP_NAME_MEMS] = "memory node set",
        [CGROUP_NAME_PIDS] = "process limit",
    };
    return l->names ? l->names[name] : english[name];
}

static struct cgroup_setting *add_setting(struct maker *m, enum cgroup_controller controller,
                                          enum cgroup_name name)
{
    struct cgroup_setting *s = &m->settings.items[m->settings.count++];
    *s = (struct cgroup_setting){.controller = controller,
                                 .what = limit_name(m->limits, name),
                                 .v2 = (m->v2_controllers & (1U << controller)) != 0};
    s->write.value = s->text;
    return s;
}

static void add_number(struct cgroup_setting *s, const char *v1_file, const char *v2_file, int64_t value)
{
    s->write.file = s->v2 ? v2_file : v1_file;
    if (value < 0)
        (void)snprintf(s->text, sizeof(s->text), "%s", s->v2 ? "max" : "-1"); /* always fits */
    else
        (void)snprintf(s->text, sizeof(s->text), "%lld", (long long)value);
}

uint64_t cgroup_weight_of_shares(uint64_t shares)
{
    return 1 + ((shares - SHARES_MIN) * 9999) / (SHARES_MAX - SHARES_MIN);
}

/* v1 limits memory and swap together, v2 swap alone. Not given: as much swap as memory (docker's rule), or
 * none of our business. */
static void make_swap(struct maker *m, const struct cgroup_limits *l)
{
    bool given = l->memory_swap_bytes != 0;
    int64_t memory = l->memory_bytes, both = given ? l->memory_swap_bytes : memory < 0 ? -1 : 2 * memory;
    if (!given && (memory == 0 || (memory > 0 && l->keep_swap)))
        return;
    struct cgroup_setting *s = add_setting(m, CGROUP_MEMORY, CGROUP_NAME_SWAP);
    add_number(s, "memory.memsw.limit_in_bytes", "memory.swap.max",
               s->v2 && both >= 0 ? both - memory : both);
    s->optional = !given || both < 0; /* unlimited is what a group is without the controller */
}

static int check_memory(const struct cgroup_limits *l, struct failure *f)
{
    int64_t memory = l->memory_bytes, both = l->memory_swap_bytes, reserved = l->memory_reservation_bytes;
    if (memory < -1 || memory > INT64_MAX / 2)
        return refuse(f, -EINVAL, "%s: %lld is too large, or neither a number of bytes nor -1",
                      limit_name(l, CGROUP_NAME_MEMORY), (long long)memory);
    if (both > 0 && memory <= 0)
        return refuse(f, -EINVAL, "%s: needs a memory limit beside it, because it counts both",
                      limit_name(l, CGROUP_NAME_SWAP));
    if (both < -1 || (both > 0 && both < memory))
        return refuse(f, -EINVAL, "%s: less than the memory limit, but it counts both",
                      limit_name(l, CGROUP_NAME_SWAP));
    if (reserved < -1 || (reserved > 0 && memory > 0 && reserved > memory))
        return refuse(f, -EINVAL, "%s: less than -1, or more than the memory limit",
                      limit_name(l, CGROUP_NAME_RESERVATION));
    return 0;
}

static int make_memory(struct maker *m, const struct cgroup_limits *l, struct failure *f)
{
    int error = check_memory(l, f);
    if (error != 0)
        return error;
    if (l->memory_bytes != 0) {
        struct cgroup_setting *s = add_setting(m, CGROUP_MEMORY, CGROUP_NAME_MEMORY);
        add_number(s, "memory.limit_in_bytes", "memory.max", l->memory_bytes);
        s->optional = l->memory_bytes < 0;
    }
    make_swap(m, l);
    if (l->memory_reservation_bytes != 0)
        add_number(add_setting(m, CGROUP_MEMORY, CGROUP_NAME_RESERVATION), "memory.soft_limit_in_bytes",
                   "memory.low", l->memory_reservation_bytes);
    return 0;
}

static int check_quota(const struct cgroup_limits *l, struct failure *f)
{
    uint64_t period = l->cpu_period_us ? l->cpu_period_us : PERIOD_DEFAULT_US;
    if (period < PERIOD_MIN_US || period > PERIOD_MAX_US)
        return refuse(f, -EINVAL, "%s: %llu us is outside %d to %d", limit_name(l, CGROUP_NAME_PERIOD),
                      (unsigned long long)period, PERIOD_MIN_US, PERIOD_MAX_US);
    if (l->cpu_quota_us < -1 || (l->cpu_quota_us > 0 && l->cpu_quota_us < QUOTA_MIN_US))
        return refuse(f, -EINVAL, "%s: at least a hundredth of a processor (quota of 1 ms) is needed, or -1",
                      limit_name(l, CGROUP_NAME_QUOTA));
    return 0;
}

/* One file in v2: "QUOTA PERIOD", or the quota alone, which leaves the period. */
static void make_quota_v2(struct maker *m, const struct cgroup_limits *l)
{
    char period[24] = "";
    struct cgroup_setting *s = add_setting(m, CGROUP_CPU, CGROUP_NAME_QUOTA);
    s->write.file = "cpu.max";
    s->optional = l->cpu_quota_us < 0 && l->cpu_period_us == 0;
    if (l->cpu_period_us > 0)
        (void)snprintf(period, sizeof(period), " %llu", (unsigned long long)l->cpu_period_us); /* fits */
    if (l->cpu_quota_us <= 0)
        (void)snprintf(s->text, sizeof(s->text), "max%s", period);
    else
        (void)snprintf(s->text, sizeof(s->text), "%lld%s", (long long)l->cpu_quota_us, period);
}

static int make_quota(struct maker *m, const struct cgroup_limits *l, struct failure *f)
{
    int error = check_quota(l, f);
    if (error != 0 || (l->cpu_quota_us == 0 && l->cpu_period_us == 0))
        return error;
    if (m->v2_controllers & (1U << CGROUP_CPU)) {
        make_quota_v2(m, l);
        return 0;
    }
    if (l->cpu_period_us > 0)
        add_number(add_setting(m, CGROUP_CPU, CGROUP_NAME_PERIOD), "cpu.cfs_period_us", NULL,
                   (int64_t)l->cpu_period_us);
    if (l->cpu_quota_us != 0) {
        struct cgroup_setting *s = add_setting(m, CGROUP_CPU, CGROUP_NAME_QUOTA);
        add_number(s, "cpu.cfs_quota_us", NULL, l->cpu_quota_us);
        s->optional = l->cpu_quota_us < 0;
    }
    return 0;
}

static int make_shares(struct maker *m, const struct cgroup_limits *l, struct failure *f)
{
    if (l->cpu_shares == 0)
        return 0;
    if (l->cpu_shares < SHARES_MIN || l->cpu_shares > SHARES_MAX)
        return refuse(f, -EINVAL, "%s: %llu is outside %d to %d", limit_name(l, CGROUP_NAME_SHARES),
                      (unsigned long long)l->cpu_shares, SHARES_MIN, SHARES_MAX);
    struct cgroup_setting *s = add_setting(m, CGROUP_CPU, CGROUP_NAME_SHARES);
    add_number(s, "cpu.shares", "cpu.weight",
               (int64_t)(s->v2 ? cgroup_weight_of_shares(l->cpu_shares) : l->cpu_shares));
    return 0;
}

static int make_set(struct maker *m, enum cgroup_name name, struct cgroup_write write, struct failure *f)
{
    if (!write.value)
        return 0;
    if (write.value[0] == '\0' || strspn(write.value, "0123456789,-") != strlen(write.value))
        return refuse(f, -EINVAL, "%s: \"%s\" is no list of numbers as \"0-2,4\"",
                      limit_name(m->limits, name), write.value);
    add_setting(m, CGROUP_CPUSET, name)->write = write;
    return 0;
}

static int make_processes(struct maker *m, const struct cgroup_limits *l, struct failure *f)
{
    if (l->pids_max < -1)
        return refuse(f, -EINVAL, "%s: %lld is neither a number nor -1", limit_name(l, CGROUP_NAME_PIDS),
                      (long long)l->pids_max);
    if (l->pids_max == 0)
        return 0;
    struct cgroup_setting *s = add_setting(m, CGROUP_PIDS, CGROUP_NAME_PIDS);
    s->write.file = "pids.max";
    s->optional = l->pids_max < 0; /* unlimited is what a group is without the controller */
    if (l->pids_max < 0)
        (void)snprintf(s->text, sizeof(s->text), "max"); /* v1 too */
    else
        (void)snprintf(s->text, sizeof(s->text), "%lld", (long long)l->pids_max);
    return 0;
}

static int make_extra(struct maker *m, const struct cgroup_extra *extra, struct failure *f)
{
    struct cgroup_setting *s = add_setting(m, extra->controller, CGROUP_NAME_MEMORY);
    const struct cgroup_write *writes = s->v2 ? extra->v2 : extra->v1;
    s->what = extra->what;
    s->optional = extra->optional;
    s->write = writes[0];
    s->instead = writes[1];
    return s->write.file ? 0
                         : refuse(f, -EOPNOTSUPP, "%s: control groups of version %d have no such thing",
                                  extra->what, s->v2 ? 2 : 1);
}

void cgroup_settings_free(struct cgroup_settings *settings)
{
    free(settings->items);
    *settings = (struct cgroup_settings){0};
}

int cgroup_settings_make(const struct cgroup_limits *limits, unsigned v2_controllers,
                         struct cgroup_settings *ret_settings, struct failure *failure)
{
    struct maker m = {.limits = limits, .v2_controllers = v2_controllers};
    m.settings.items = calloc(OWN_SETTINGS_MAX + limits->extra_count, sizeof(*m.settings.items));
    if (!m.settings.items)
        return fail(failure, -ENOMEM, "the limits");
    int error = make_memory(&m, limits, failure);
    if (error == 0)
        error = make_quota(&m, limits, failure);
    if (error == 0)
        error = make_shares(&m, limits, failure);
    if (error == 0)
        error = make_set(&m, CGROUP_NAME_CPUS, (struct cgroup_write){"cpuset.cpus", limits->cpuset_cpus},
                         failure);
    if (error == 0)
        error = make_set(&m, CGROUP_NAME_MEMS, (struct cgroup_write){"cpuset.mems", limits->cpuset_mems},
                         failure);
    if (error == 0)
        error = make_processes(&m, limits, failure);
    for (size_t i = 0; error == 0 && i < limits->extra_count; i++)
        error = make_extra(&m, &limits->extra[i], failure);
    if (error == 0)
        *ret_settings = m.settings;
    else
        cgroup_settings_free(&m.settings);
    return error;
}

int cgroup_limits_check(const struct cgroup_limits *limits, struct failure *failure)
{
    autosettings struct cgroup_settings ignored = {0};
    struct cgroup_limits alone = *limits;
    alone.extra_count = 0; /* a version may not have them: only the kernel at hand can tell */
    return cgroup_settings_make(&alone, 0, &ignored, failure);
}
