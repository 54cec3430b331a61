/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "formats/cpu_list.h"
#include "kernel/file.h"
#include "oci/bundle.h"
#include "oci/commands.h"
#include "oci/limits.h"
#include "oci/scope.h"

#include <fcntl.h>
#include <string.h>

#define RESOURCES_MAX_BYTES (1u << 20)

/* Flags as they were given, because 0 is a value for some: parse_flags() reads them. */
struct update_options {
    char *resources, *cpus, *mems;
    char *memory, *memory_swap, *memory_reservation, *kernel_memory, *kernel_memory_tcp;
    char *cpu_quota, *cpu_period, *cpu_shares, *cpu_burst, *cpu_idle, *realtime_period, *realtime_runtime;
    char *pids_limit, *io_weight, *l3_schema, *bandwidth_schema;
};

static int read_document(const char *path, char **ret_text, size_t *ret_size,
                         struct oci_resources *ret_resources, struct failure *failure)
{
    autofree char *text = NULL;
    size_t size = 0;
    autoreport struct report errors = {0};
    const struct oci_reports reports = {&errors, NULL};
    autoclose int file =
        streq(path, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
    int r = file < 0 ? -errno : fd_read_whole(file, RESOURCES_MAX_BYTES, &text, &size);
    if (r == 0)
        r = oci_resources_parse("resources", text, size, &reports, ret_resources);
    if (r == -EINVAL && errors.count > 0)
        return report_to_failure(&errors, "the resources cannot be read", failure);
    if (r < 0)
        return fail(failure, r, "reading %s", path);
    *ret_text = TAKE_PTR(text);
    *ret_size = size;
    return 0;
}

enum flag_kind {
    FLAG_SIGNED,   /* struct oci_i64; -1 is "no limit" */
    FLAG_BYTES,    /* the same with docker's units */
    FLAG_UNSIGNED, /* struct oci_u64 */
};

static const struct flag {
    const char *name;
    enum flag_kind kind;
    uint64_t max;
    size_t option, target;
} flags[] = {
#define FLAG(name, kind, max, option, target)                                                                \
    {                                                                                                        \
        name, kind, max, offsetof(struct update_options, option), offsetof(struct oci_resources, target)     \
    }
    FLAG("memory", FLAG_BYTES, INT64_MAX, memory, memory.limit),
    FLAG("memory-swap", FLAG_BYTES, INT64_MAX, memory_swap, memory.swap),
    FLAG("memory-reservation", FLAG_BYTES, INT64_MAX, memory_reservation, memory.reservation),
    FLAG("cpu-quota", FLAG_SIGNED, INT64_MAX, cpu_quota, cpu.quota),
    FLAG("cpu-period", FLAG_UNSIGNED, UINT64_MAX, cpu_period, cpu.period),
    FLAG("cpu-share", FLAG_UNSIGNED, UINT64_MAX, cpu_shares, cpu.shares),
    FLAG("cpu-burst", FLAG_UNSIGNED, UINT64_MAX, cpu_burst, cpu.burst),
    FLAG("cpu-idle", FLAG_SIGNED, 1, cpu_idle, cpu.idle),
    FLAG("cpu-rt-period", FLAG_UNSIGNED, UINT64_MAX, realtime_period, cpu.realtime_period),
    FLAG("cpu-rt-runtime", FLAG_SIGNED, INT64_MAX, realtime_runtime, cpu.realtime_runtime),
    FLAG("pids-limit", FLAG_SIGNED, INT64_MAX, pids_limit, pids_limit),
    FLAG("blkio-weight", FLAG_UNSIGNED, 1000, io_weight, io.weight),
};

static int parse_flag(const struct flag *flag, const char *value, struct oci_resources *r,
                      struct failure *failure)
{
    void *target = (char *)r + flag->target;
    uint64_t number = 0;
    bool unlimited = flag->kind != FLAG_UNSIGNED && flag->max > 1 && streq(value, "-1");
    int e = unlimited                  ? 0
            : flag->kind == FLAG_BYTES ? number_parse_size(value, &number)
                                       : number_parse(value, flag->max, &number);
    if (e < 0 || number > flag->max)
        return refuse(failure, -EINVAL, "invalid value for --%s: \"%s\" is no number that it takes",
                      flag->name, value);
    if (flag->kind == FLAG_UNSIGNED)
        *(struct oci_u64 *)target = (struct oci_u64){true, number};
    else
        *(struct oci_i64 *)target = (struct oci_i64){true, unlimited ? -1 : (int64_t)number};
    return 0;
}

static int set_list(char **list, const char *name, const char *value, struct failure *failure)
{
    if (!value)
        return 0;
    if (cpu_list_parse(value, NULL) < 0)
        return refuse(failure, -EINVAL, "invalid value for --%s: \"%s\" is no list like \"0-3,7\"", name,
                      value);
    free(*list);
    *list = strdup(value);
    return *list ? 0 : fail(failure, -ENOMEM, "the limits");
}

static int refuse_flags(const struct update_options *o, struct failure *failure)
{
    const char *schema = o->l3_schema ? "l3-cache-schema" : o->bandwidth_schema ? "mem-bw-schema" : NULL;
    const char *const kernel[] = {o->kernel_memory, o->kernel_memory_tcp};
    if (schema)
        return refuse(failure, -EOPNOTSUPP, "--%s: a container has no part of resctrl here (linux.intelRdt)",
                      schema);
    for (size_t i = 0; i < ARRAY_SIZE(kernel); i++)
        if (kernel[i] && !streq(kernel[i], "0") && !streq(kernel[i], "-1"))
            return refuse(failure, -EOPNOTSUPP,
                          "--kernel-memory%s: the kernel has it no more (removed in Linux 5.16)",
                          i ? "-tcp" : "");
    return 0;
}

/* Over what the document says. */
static int parse_flags(const struct update_options *o, struct oci_resources *r, struct failure *failure)
{
    int e = refuse_flags(o, failure);
    for (size_t i = 0; e == 0 && i < ARRAY_SIZE(flags); i++) {
        const char *value = *(char *const *)(const void *)((const char *)o + flags[i].option);
        e = value ? parse_flag(&flags[i], value, r, failure) : 0;
    }
    if (e == 0)
        e = set_list(&r->cpu.cpus, "cpuset-cpus", o->cpus, failure);
    if (e == 0)
        e = set_list(&r->cpu.mems, "cpuset-mems", o->mems, failure);
    if (e == 0 && r->io.weight.given && r->io.weight.value > 0 && r->io.weight.value < 10)
        return refuse(failure, -EINVAL, "invalid value for --blkio-weight: a weight is 10 to 1000");
    r->io.weight.given = r->io.weight.value > 0; /* runc's way to leave it as it is */
    return e;
}

/* The kernel would reclaim, and end processes, to come down to a limit (v2). */
static int check_usage(const struct cgroup *cgroup, const struct cgroup_limits *limits,
                       struct failure *failure)
{
    struct cgroup_stats now;
    struct failure ignored = {0}; /* nothing counts there: nothing to compare with */
    if (cgroup_read_stats(cgroup, &now, &ignored) < 0 || now.memory_is_estimate)
        return 0;
    const int64_t wanted[] = {limits->memory_bytes, limits->memory_swap_bytes};
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
        if (wanted[i] > 0 && (uint64_t)wanted[i] <= now.memory_bytes)
            return refuse(failure, -EBUSY,
                          "%s: %lld bytes are not more than the %llu in use (checkBeforeUpdate)",
                          limits->names[i == 0 ? CGROUP_NAME_MEMORY : CGROUP_NAME_SWAP], (long long)wanted[i],
                          (unsigned long long)now.memory_bytes);
    return 0;
}

/* Version 2 and systemd have quota and period as one: of one alone the other is what it was. */
static void complete_quota(const struct cgroup *cgroup, struct oci_cpu *cpu)
{
    bool has_quota = cpu->quota.given && cpu->quota.value != 0;
    bool has_period = cpu->period.given && cpu->period.value != 0;
    int64_t quota;
    uint64_t period;
    if (has_quota == has_period || cgroup_read_quota(cgroup, &quota, &period) < 0)
        return;
    if (has_quota)
        cpu->period = (struct oci_u64){true, period};
    else
        cpu->quota = (struct oci_i64){true, quota};
}

static int change(const struct container *c, struct oci_resources *resources, const char *text, size_t size,
                  struct failure *failure)
{
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    autoextra struct limits_extra extra = {.is_root = true};
    struct cgroup_limits limits;
    container_open_cgroup(c, &cgroup);
    complete_quota(&cgroup, &resources->cpu);
    int r = limits_translate(resources, &extra, &limits, failure);
    if (r == 0 && cgroup.path[0] == '\0')
        r = refuse(failure, -ENOENT, "container %s has no control group", c->id);
    if (r == 0 && resources->memory.check_before_update)
        r = check_usage(&cgroup, &limits, failure);
    if (r == 0)
        r = scope_update(c, resources, failure); /* first: systemd writes the files too */
    if (r == 0)
        r = cgroup_update(&cgroup, c->record.pid, &limits, NULL, failure);
    if (r < 0)
        limits_locate(&extra, "resources", text, size, failure);
    return r;
}

static int run_update(struct runtime *rt, void *options, const struct arguments *arguments,
                      struct failure *failure)
{
    const struct update_options *o = options;
    autocontainer struct container c = CONTAINER_EMPTY;
    autociresources struct oci_resources resources = {0};
    autofree char *text = NULL;
    size_t size = 0;
    int r = container_open(rt, arguments->items[0], true, &c, failure);
    if (r == 0 && o->resources)
        r = read_document(o->resources, &text, &size, &resources, failure);
    if (r == 0)
        r = parse_flags(o, &resources, failure);
    if (r < 0)
        return r;
    if (container_status(&c) == OCI_STATUS_STOPPED)
        return refuse(failure, -ESRCH, "container not running");
    return change(&c, &resources, text, size, failure);
}

#define ROW(member) OPTION(struct update_options, member)
static const struct option rows[] = {
    {"blkio-weight", 0, OPTION_STRING, ROW(io_weight), "N", "Share of block I/O (10 .. 1000)"},
    {"cpu-burst", 0, OPTION_STRING, ROW(cpu_burst), "US", "Unused quota that may be saved up"},
    {"cpu-idle", 0, OPTION_STRING, ROW(cpu_idle), "0|1", "1: run only when nothing else does"},
    {"cpu-period", 0, OPTION_STRING, ROW(cpu_period), "US", "Period of the quota"},
    {"cpu-quota", 0, OPTION_STRING, ROW(cpu_quota), "US", "Processor time in a period; -1: no limit"},
    {"cpu-rt-period", 0, OPTION_STRING, ROW(realtime_period), "US", "Period of the realtime runtime (v1)"},
    {"cpu-rt-runtime", 0, OPTION_STRING, ROW(realtime_runtime), "US", "Realtime processor time (v1)"},
    {"cpu-share", 0, OPTION_STRING, ROW(cpu_shares), "N", "Weight (1024 is one part)"},
    {"cpuset-cpus", 0, OPTION_STRING, ROW(cpus), "LIST", "Processors"},
    {"cpuset-mems", 0, OPTION_STRING, ROW(mems), "LIST", "Memory nodes"},
    {"kernel-memory", 0, OPTION_STRING, ROW(kernel_memory), "BYTES", NULL},
    {"kernel-memory-tcp", 0, OPTION_STRING, ROW(kernel_memory_tcp), "BYTES", NULL},
    {"l3-cache-schema", 0, OPTION_STRING, ROW(l3_schema), "TEXT", NULL},
    {"mem-bw-schema", 0, OPTION_STRING, ROW(bandwidth_schema), "TEXT", NULL},
    {"memory", 0, OPTION_STRING, ROW(memory), "BYTES", "Memory limit (512m); -1: no limit"},
    {"memory-reservation", 0, OPTION_STRING, ROW(memory_reservation), "BYTES",
     "What is left to it under pressure"},
    {"memory-swap", 0, OPTION_STRING, ROW(memory_swap), "BYTES", "Memory and swap together; -1: no limit"},
    {"pids-limit", 0, OPTION_STRING, ROW(pids_limit), "N", "Processes; -1: no limit"},
    {"resources", 'r', OPTION_STRING, ROW(resources), "FILE", "linux.resources as JSON; -: standard input"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};

const struct command cmd_update = {
    .name = "update",
    .usage = "[OPTIONS] ID",
    .summary = "Change its limits",
    .options = {.tables = tables, .single_dash_names = true},
    .options_size = sizeof(struct update_options),
    .min_args = 1,
    .max_args = 1,
    .run = run_update,
};
