/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/duration.h"
#include "formats/oci_events.h"
#include "oci/commands.h"
#include "oci/container.h"

#include <time.h>

struct events_options {
    bool stats;
    char *interval;
};

static int print_stats(const struct container *c, struct failure *failure)
{
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    struct cgroup_stats now = {0};
    autofree char *text = NULL;
    container_open_cgroup(c, &cgroup);
    int r = cgroup_read_stats(&cgroup, &now, failure);
    if (r < 0)
        return r;
    const struct oci_statistics statistics = {
        .cpu_total_ns = now.cpu_usec == UINT64_MAX ? 0 : now.cpu_usec * 1000,
        .memory = {.limit = now.memory_limit_bytes, .usage = now.memory_bytes},
        .swap = {.limit = UINT64_MAX},
        .pids_current = now.pids,
    };
    r = oci_events_write_stats(c->id, &statistics, &text);
    if (r < 0)
        return fail(failure, r, "the counters");
    printf("%s\n", text);
    return fflush(stdout) == 0 ? 0 : fail(failure, -errno, "writing the counters");
}

static int run_events(struct runtime *rt, void *options, const struct arguments *arguments,
                      struct failure *failure)
{
    const struct events_options *o = options;
    autocontainer struct container c = CONTAINER_EMPTY;
    int64_t interval_ns = INT64_C(5000000000);
    if (o->interval && (duration_parse(o->interval, &interval_ns) < 0 || interval_ns <= 0))
        return refuse(failure, -EINVAL, "duration interval must be greater than 0");
    int r = container_open(rt, arguments->items[0], false, &c, failure);
    if (r < 0)
        return r;
    if (container_status(&c) == OCI_STATUS_STOPPED)
        return refuse(failure, -ESRCH, "container with id %s is not running", c.id);
    do {
        r = print_stats(&c, failure);
        const struct timespec pause = {interval_ns / 1000000000, interval_ns % 1000000000};
        if (r == 0 && !o->stats)
            (void)nanosleep(&pause, NULL); /* a signal only makes it sooner */
    } while (r == 0 && !o->stats && container_status(&c) != OCI_STATUS_STOPPED);
    return r;
}

#define ROW(member) OPTION(struct events_options, member)
static const struct option rows[] = {
    {"interval", 0, OPTION_STRING, ROW(interval), "DURATION", "Between two lines (default: 5s)"},
    {"stats", 0, OPTION_BOOL, ROW(stats), NULL, "One line, and the end"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};

const struct command cmd_events = {
    .name = "events",
    .usage = "[OPTIONS] ID",
    .summary = "Print what it uses as JSON lines",
    .options = {.tables = tables, .single_dash_names = true},
    .options_size = sizeof(struct events_options),
    .min_args = 1,
    .max_args = 1,
    .run = run_events,
};
