/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/limits.h"

#include "formats/json_bind.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void limits_extra_free(struct limits_extra *extra)
{
    cgroup_rows_free(&extra->rows);
    *extra = (struct limits_extra){0};
}

const char *limits_member(struct limits_extra *extra, const char *format, ...)
{
    autofree char *name = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&name, format, args);
    va_end(args);
    if (n < 0) {
        name = NULL;
        extra->rows.error = -ENOMEM;
        return "";
    }
    return cgroup_rows_text(&extra->rows, "%s%s", extra->is_root ? "" : LIMITS_PATH, name);
}

/* One number for a file of each version; NULL where it has none. */
static void add_number(struct limits_extra *extra, enum cgroup_controller controller, const char *member,
                       struct cgroup_extra row, uint64_t number)
{
    const char *value = cgroup_rows_text(&extra->rows, "%llu", (unsigned long long)number);
    row.controller = controller;
    row.what = limits_member(extra, "%s", member);
    row.v1[0].value = row.v2[0].value = value;
    cgroup_rows_add(&extra->rows, &row);
}

#define IN_V1(file) ((struct cgroup_extra){.v1 = {{file, NULL}}})
#define IN_BOTH(v1_file, v2_file, is_default)                                                                \
    ((struct cgroup_extra){.v1 = {{v1_file, NULL}}, .v2 = {{v2_file, NULL}}, .optional = (is_default)})

static void take_numbers(const struct oci_resources *r, struct limits_extra *extra)
{
    const struct oci_memory *m = &r->memory;
    const struct oci_cpu *c = &r->cpu;
    if (m->swappiness.given)
        add_number(extra, CGROUP_MEMORY, "memory.swappiness", IN_V1("memory.swappiness"),
                   m->swappiness.value);
    if (m->disable_oom_killer)
        add_number(extra, CGROUP_MEMORY, "memory.disableOOMKiller", IN_V1("memory.oom_control"), 1);
    if (c->burst.given)
        add_number(extra, CGROUP_CPU, "cpu.burst",
                   IN_BOTH("cpu.cfs_burst_us", "cpu.max.burst", c->burst.value == 0), c->burst.value);
    if (c->idle.given)
        add_number(extra, CGROUP_CPU, "cpu.idle", IN_BOTH("cpu.idle", "cpu.idle", c->idle.value == 0),
                   (uint64_t)c->idle.value);
    if (c->realtime_period.given && c->realtime_period.value > 0)
        add_number(extra, CGROUP_CPU, "cpu.realtimePeriod", IN_V1("cpu.rt_period_us"),
                   c->realtime_period.value);
    if (c->realtime_runtime.given && c->realtime_runtime.value > 0)
        add_number(extra, CGROUP_CPU, "cpu.realtimeRuntime", IN_V1("cpu.rt_runtime_us"),
                   (uint64_t)c->realtime_runtime.value);
}

/* A controller's name stands before the first dot. CGROUP_CONTROLLERS: none that has files of its own. */
static enum cgroup_controller controller_of_file(const char *name)
{
    static const struct {
        const char *prefix;
        enum cgroup_controller controller;
    } known[] = {{"cpu.", CGROUP_CPU},   {"cpuset.", CGROUP_CPUSET}, {"hugetlb.", CGROUP_HUGETLB},
                 {"io.", CGROUP_IO},     {"memory.", CGROUP_MEMORY}, {"misc.", CGROUP_MISC},
                 {"pids.", CGROUP_PIDS}, {"rdma.", CGROUP_RDMA}};
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (string_after(name, known[i].prefix))
            return known[i].controller;
    return CGROUP_CONTROLLERS;
}

/* FILE=VALUE of the v2 group. A file of lines, as io.max, takes one with each write. */
static int take_file(const char *item, struct limits_extra *extra, struct failure *failure)
{
    int n = (int)strcspn(item, "=");
    const char *name = cgroup_rows_text(&extra->rows, "%.*s", n, item);
    const char *value = item[n] == '\0' ? "" : item + n + 1;
    struct cgroup_extra row = {.controller = controller_of_file(name),
                               .what = limits_member(extra, "unified[\"%s\"]", name)};
    do {
        size_t length = strcspn(value, "\n");
        row.v2[0] = (struct cgroup_write){name, cgroup_rows_text(&extra->rows, "%.*s", (int)length, value)};
        cgroup_rows_add(&extra->rows, &row);
        if (length == 0)
            return refuse(failure, -EINVAL, "%s: an empty line is no value", row.what);
        value += length + (value[length] == '\n');
    } while (*value != '\0');
    return row.controller < CGROUP_CONTROLLERS
               ? 0
               : refuse(failure, -EOPNOTSUPP, "%s: no controller that this runtime knows has such a file",
                        row.what);
}

static int take_unified(const struct oci_resources *r, struct limits_extra *extra, struct failure *failure)
{
    int error = 0;
    for (size_t i = 0; i < r->unified.count && error == 0; i++)
        error = take_file(r->unified.items[i], extra, failure);
    return error;
}

/* 0 is what Go writes for an absent number. */
static int64_t limits_signed(const struct oci_i64 *number)
{
    return !number->given ? 0 : number->value < 0 ? -1 : number->value;
}

static void name_members(struct limits_extra *extra)
{
    static const char *const members[CGROUP_NAMES] = {
        [CGROUP_NAME_MEMORY] = LIMITS_PATH "memory.limit",
        [CGROUP_NAME_SWAP] = LIMITS_PATH "memory.swap",
        [CGROUP_NAME_RESERVATION] = LIMITS_PATH "memory.reservation",
        [CGROUP_NAME_QUOTA] = LIMITS_PATH "cpu.quota",
        [CGROUP_NAME_PERIOD] = LIMITS_PATH "cpu.period",
        [CGROUP_NAME_SHARES] = LIMITS_PATH "cpu.shares",
        [CGROUP_NAME_CPUS] = LIMITS_PATH "cpu.cpus",
        [CGROUP_NAME_MEMS] = LIMITS_PATH "cpu.mems",
        [CGROUP_NAME_PIDS] = LIMITS_PATH "pids.limit",
    };
    for (size_t i = 0; i < CGROUP_NAMES; i++)
        extra->names[i] = members[i] + (extra->is_root ? strlen(LIMITS_PATH) : 0);
}

int limits_translate(const struct oci_resources *resources, struct limits_extra *extra,
                     struct cgroup_limits *ret_limits, struct failure *failure)
{
    const struct oci_memory *memory = &resources->memory;
    const struct oci_cpu *cpu = &resources->cpu;
    uint64_t shares = cpu->shares.given ? cpu->shares.value : 0;
    name_members(extra);
    *ret_limits = (struct cgroup_limits){
        .memory_bytes = limits_signed(&memory->limit),
        .memory_swap_bytes = limits_signed(&memory->swap),
        .keep_swap = true,
        .memory_reservation_bytes = limits_signed(&memory->reservation),
        .cpu_quota_us = limits_signed(&cpu->quota),
        .cpu_period_us = cpu->period.given ? cpu->period.value : 0,
        .cpu_shares = shares == 1       ? 2
                      : shares > 262144 ? 262144
                                        : shares,
        .cpuset_cpus = cpu->cpus && cpu->cpus[0] ? cpu->cpus : NULL,
        .cpuset_mems = cpu->mems && cpu->mems[0] ? cpu->mems : NULL,
        .pids_max = limits_signed(&resources->pids_limit),
        .names = extra->names,
    };
    take_numbers(resources, extra);
    limits_take_devices(resources, extra);
    int r = take_unified(resources, extra, failure);
    if (r == 0 && extra->rows.error < 0)
        return fail(failure, extra->rows.error, "the limits");
    ret_limits->extra = extra->rows.items;
    ret_limits->extra_count = extra->rows.count;
    return r;
}

/* The longest name of ours that the sentence holds before a colon. */
static const char *find_member(const struct limits_extra *extra, const char *sentence, const char **ret_at)
{
    const char *found = NULL;
    for (size_t i = 0; i < CGROUP_NAMES + extra->rows.count; i++) {
        const char *name = i < CGROUP_NAMES ? extra->names[i] : extra->rows.items[i - CGROUP_NAMES].what;
        const char *at = name ? strstr(sentence, name) : NULL;
        if (!at || at[strlen(name)] != ':' || (found && strlen(found) >= strlen(name)))
            continue;
        found = name;
        *ret_at = at;
    }
    return found;
}

void limits_locate(const struct limits_extra *extra, const char *document, const char *text, size_t size,
                   struct failure *failure)
{
    const char *at = NULL, *name = find_member(extra, failure->text, &at);
    autojson struct json_object *root = NULL;
    if (!name || !text || json_parse(document, text, size, NULL, &root) < 0)
        return;
    const struct json_binder b = {.document = document, .object = root};
    unsigned line = json_bind_line(&b, name);
    char rest[FAILURE_TEXT_SIZE];
    (void)snprintf(rest, sizeof(rest), "%s", at); /* fits: it is a part of such a text */
    size_t before = (size_t)(at - failure->text);
    if (line > 0) /* a sentence that is too long is cut */
        (void)snprintf(failure->text + before, sizeof(failure->text) - before, "%s:%u: %s", document, line,
                       rest);
}

int limits_place(const struct runtime *rt, struct bundle *b, struct limits_extra *extra,
                 struct cgroup_spec *ret_spec, struct failure *failure)
{
    const char *path = b->config.platform.cgroups_path;
    *ret_spec = (struct cgroup_spec){.id = b->plan.start.id};
    ret_spec->none = rt->no_cgroups;
    if (rt->no_cgroups)
        return 0;
    if (!rt->systemd_cgroup && path && path[strspn(path, "/")] != '\0')
        ret_spec->path = path + strspn(path, "/");
    /* systemd: the path is known when scope_start() has made it. Without version 2 no group but these holds
     * the container's processes together. */
    ret_spec->everywhere = ret_spec->path != NULL || cgroup_detect() == CGROUP_V1;
    return limits_translate(&b->config.platform.resources, extra, &ret_spec->limits, failure);
}
