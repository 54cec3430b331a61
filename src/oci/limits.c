/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/limits.h"

#include <errno.h>
#include <string.h>

/* What this program has no file for yet, when the configuration gives it a value that means something. */
static const char *limits_absent(const struct oci_resources *r)
{
    if (r->memory.swappiness.given)
        return "memory.swappiness";
    if (r->memory.disable_oom_killer)
        return "memory.disableOOMKiller";
    if (r->cpu.realtime_period.given && r->cpu.realtime_period.value > 0)
        return "cpu.realtimePeriod";
    if (r->cpu.realtime_runtime.given && r->cpu.realtime_runtime.value > 0)
        return "cpu.realtimeRuntime";
    if (r->cpu.burst.given && r->cpu.burst.value > 0)
        return "cpu.burst";
    if (r->cpu.idle.given && r->cpu.idle.value > 0)
        return "cpu.idle";
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
    return r->unified.count > 0 ? "unified" : NULL;
}

static uint64_t limits_positive(const struct oci_i64 *number)
{
    return number->given && number->value > 0 ? (uint64_t)number->value : 0;
}

int limits_translate(const struct oci_resources *resources, struct cgroup_limits *ret_limits,
                     struct failure *failure)
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
    return 0;
}

int limits_place(const struct runtime *rt, const struct bundle *b, const char *id,
                 struct cgroup_spec *ret_spec, struct failure *failure)
{
    const char *path = b->config.platform.cgroups_path;
    *ret_spec = (struct cgroup_spec){.id = id};
    if (rt->systemd_cgroup)
        return refuse(failure, -EOPNOTSUPP,
                      "systemd not running on this host, cannot use systemd cgroups manager");
    if (path && path[strspn(path, "/")] != '\0')
        ret_spec->path = path + strspn(path, "/");
    return limits_translate(&b->config.platform.resources, &ret_spec->limits, failure);
}
