/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/file.h"
#include "oci/bundle.h"
#include "oci/commands.h"
#include "oci/limits.h"

#include <fcntl.h>
#include <string.h>

#define RESOURCES_MAX_BYTES (1u << 20)

struct update_options {
    char *resources, *cpus, *mems;
    int64_t memory, memory_swap, memory_reservation, cpu_quota, pids_limit;
    uint64_t cpu_shares, cpu_period;
};

static int read_document(const char *path, struct oci_resources *ret_resources, struct failure *failure)
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
    return r < 0 ? fail(failure, r, "reading %s", path) : 0;
}

static void set_i64(struct oci_i64 *number, int64_t value)
{
    if (value != 0)
        *number = (struct oci_i64){true, value};
}

static int set_text(char **text, const char *value)
{
    if (!value)
        return 0;
    free(*text);
    *text = strdup(value);
    return *text ? 0 : -ENOMEM;
}

static int set_options(const struct update_options *o, struct oci_resources *r)
{
    set_i64(&r->memory.limit, o->memory);
    set_i64(&r->memory.swap, o->memory_swap);
    set_i64(&r->memory.reservation, o->memory_reservation);
    set_i64(&r->cpu.quota, o->cpu_quota);
    set_i64(&r->pids_limit, o->pids_limit);
    if (o->cpu_shares)
        r->cpu.shares = (struct oci_u64){true, o->cpu_shares};
    if (o->cpu_period)
        r->cpu.period = (struct oci_u64){true, o->cpu_period};
    int e = set_text(&r->cpu.cpus, o->cpus);
    return e == 0 ? set_text(&r->cpu.mems, o->mems) : e;
}

static int run_update(struct runtime *rt, void *options, const struct arguments *arguments,
                      struct failure *failure)
{
    const struct update_options *o = options;
    autocontainer struct container c = CONTAINER_EMPTY;
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    autociresources struct oci_resources resources = {0};
    struct cgroup_limits limits;
    struct limits_extra extra = {.count = 0};
    int r = container_open(rt, arguments->items[0], true, &c, failure);
    if (r == 0 && o->resources)
        r = read_document(o->resources, &resources, failure);
    if (r == 0 && set_options(o, &resources) < 0)
        r = fail(failure, -ENOMEM, "the limits");
    if (r == 0)
        r = limits_translate(&resources, &extra, &limits, failure);
    if (r < 0)
        return r;
    if (container_status(&c) == OCI_STATUS_STOPPED)
        return refuse(failure, -ESRCH, "container not running");
    container_open_cgroup(&c, &cgroup);
    if (cgroup.path[0] == '\0')
        return refuse(failure, -ENOENT, "container %s has no control group", c.id);
    return cgroup_update(&cgroup, c.record.pid, &limits, failure);
}

#define ROW(member) OPTION(struct update_options, member)
static const struct option rows[] = {
    {"cpu-period", 0, OPTION_U64, ROW(cpu_period), "US", "Period of the quota"},
    {"cpu-quota", 0, OPTION_I64, ROW(cpu_quota), "US", "Processor time in a period"},
    {"cpu-share", 0, OPTION_U64, ROW(cpu_shares), "N", "Weight (1024 is one part)"},
    {"cpuset-cpus", 0, OPTION_STRING, ROW(cpus), "LIST", "Processors"},
    {"cpuset-mems", 0, OPTION_STRING, ROW(mems), "LIST", "Memory nodes"},
    {"memory", 0, OPTION_I64, ROW(memory), "BYTES", "Memory limit"},
    {"memory-reservation", 0, OPTION_I64, ROW(memory_reservation), "BYTES",
     "What is left to it under pressure"},
    {"memory-swap", 0, OPTION_I64, ROW(memory_swap), "BYTES", "Memory and swap together; -1: no limit"},
    {"pids-limit", 0, OPTION_I64, ROW(pids_limit), "N", "Processes; -1: no limit"},
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
