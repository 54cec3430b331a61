/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/limits.h"

#include <errno.h>
#include <string.h>

/* What this program has no file for yet, when the configuration gives it a value that means something. */
static const char *limits_absent(const struct oci_resources *r)
{
    if ((r->io.weight.given && r->io.weight.value > 0) || r->io.weight_count > 0)
        return "blockIO.weight";
    for (int i = 0; i < OCI_THROTTLE_COUNT; i++)
        if (r->io.throttle[i].count > 0)
            return "blockIO.throttle";
    if (r->hugepage_count > 0)
        return "hugepageLimits";
    if ((r->class_id.given && r->class_id.value > 0) || r->interface_priority_count > 0)
        return "network";
    if (r->rdma_count > 0)
        return "rdma";
    return NULL;
}

static void add_extra(struct limits_extra *extra, struct cgroup_extra row, uint64_t number)
{
    (void)snprintf(extra->values[extra->count], sizeof(extra->values[0]), "%llu",
                   (unsigned long long)number); /* fits */
    row.value = extra->values[extra->count];
    extra->items[extra->count++] = row;
}

/* Nine rows at most. */
static void take_numbers(const struct oci_resources *r, struct limits_extra *extra)
{
    const struct oci_memory *m = &r->memory;
    const struct oci_cpu *c = &r->cpu;
    if (m->swappiness.given)
        add_extra(extra,
                  (struct cgroup_extra){CGROUP_MEMORY, "memory.swappiness", "memory.swappiness", NULL, NULL},
                  m->swappiness.value);
    if (m->disable_oom_killer)
        add_extra(
            extra,
            (struct cgroup_extra){CGROUP_MEMORY, "memory.disableOOMKiller", "memory.oom_control", NULL, NULL},
            1);
    if (c->burst.given && c->burst.value > 0)
        add_extra(extra,
                  (struct cgroup_extra){CGROUP_CPU, "cpu.burst", "cpu.cfs_burst_us", "cpu.max.burst", NULL},
                  c->burst.value);
    if (c->idle.given && c->idle.value > 0)
        add_extra(extra, (struct cgroup_extra){CGROUP_CPU, "cpu.idle", "cpu.idle", "cpu.idle", NULL}, 1);
    if (c->realtime_period.given && c->realtime_period.value > 0)
        add_extra(extra,
                  (struct cgroup_extra){CGROUP_CPU, "cpu.realtimePeriod", "cpu.rt_period_us", NULL, NULL},
                  c->realtime_period.value);
    if (c->realtime_runtime.given && c->realtime_runtime.value > 0)
        add_extra(extra,
                  (struct cgroup_extra){CGROUP_CPU, "cpu.realtimeRuntime", "cpu.rt_runtime_us", NULL, NULL},
                  (uint64_t)c->realtime_runtime.value);
}

/* FILE=VALUE of the v2 group; the controller stands before the first dot. */
static int take_unified(struct oci_resources *r, struct limits_extra *extra, struct failure *failure)
{
    static const struct {
        const char *prefix;
        enum cgroup_controller controller;
    } known[] = {
        {"cpu.", CGROUP_CPU}, {"cpuset.", CGROUP_CPUSET}, {"memory.", CGROUP_MEMORY}, {"pids.", CGROUP_PIDS}};
    for (size_t i = 0; i < r->unified.count; i++) {
        char *name = r->unified.items[i], *equals = strchr(name, '=');
        size_t k = 0;
        while (k < ARRAY_SIZE(known) && !string_after(name, known[k].prefix))
            k++;
        if (!equals || k == ARRAY_SIZE(known) || extra->count == ARRAY_SIZE(extra->items))
            return refuse(failure, -EOPNOTSUPP,
                          "linux.resources.unified: %.100s: not supported by this runtime", name);
        *equals = '\0';
        extra->items[extra->count++] =
            (struct cgroup_extra){known[k].controller, name, NULL, name, equals + 1};
    }
    return 0;
}

static uint64_t limits_positive(const struct oci_i64 *number)
{
    return number->given && number->value > 0 ? (uint64_t)number->value : 0;
}

int limits_translate(struct oci_resources *resources, struct limits_extra *extra,
                     struct cgroup_limits *ret_limits, struct failure *failure)
{
    const char *absent = limits_absent(resources);
    if (absent)
        return refuse(failure, -EOPNOTSUPP, "linux.resources.%s: not supported by this runtime", absent);
    const struct oci_memory *memory = &resources->memory;
    const struct oci_cpu *cpu = &resources->cpu;
    uint64_t shares = cpu->shares.given ? cpu->shares.value : 0;
    int64_t pids = resources->pids_limit.given ? resources->pids_limit.value : 0;
    *ret_limits = (struct cgroup_limits){
        .memory_bytes = limits_positive(&memory->limit),
        .memory_reservation_bytes = limits_positive(&memory->reservation),
        .cpu_quota_us = limits_positive(&cpu->quota),
        .cpu_period_us = cpu->period.given ? cpu->period.value : 0,
        .cpu_shares = shares == 1       ? 2
                      : shares > 262144 ? 262144
                                        : shares,
        .cpuset_cpus = cpu->cpus && cpu->cpus[0] ? cpu->cpus : NULL,
        .cpuset_mems = cpu->mems && cpu->mems[0] ? cpu->mems : NULL,
        .pids_max = pids < 0 ? -1 : pids,
    };
    if (memory->swap.given && (memory->swap.value > 0 || memory->swap.value == -1) &&
        ret_limits->memory_bytes > 0)
        ret_limits->memory_swap_bytes = memory->swap.value;
    take_numbers(resources, extra);
    int r = take_unified(resources, extra, failure);
    ret_limits->extra = extra->items;
    ret_limits->extra_count = extra->count;
    return r;
}

int limits_place(const struct runtime *rt, struct bundle *b, struct limits_extra *extra,
                 struct cgroup_spec *ret_spec, struct failure *failure)
{
    const char *path = b->config.platform.cgroups_path;
    *ret_spec = (struct cgroup_spec){.id = b->plan.start.id};
    ret_spec->none = rt->no_cgroups;
    if (rt->no_cgroups)
        return 0;
    if (rt->systemd_cgroup)
        return refuse(
            failure, -EOPNOTSUPP,
            "cannot use systemd cgroups manager: it is not there yet; let the engine use cgroupfs (docker: "
            "\"exec-opts\": [\"native.cgroupdriver=cgroupfs\"], podman: --cgroup-manager cgroupfs, "
            "containerd: SystemdCgroup = false)");
    if (path && path[strspn(path, "/")] != '\0')
        ret_spec->path = path + strspn(path, "/");
    ret_spec->everywhere = ret_spec->path != NULL;
    return limits_translate(&b->config.platform.resources, extra, &ret_spec->limits, failure);
}
