/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "formats/duration.h"
#include "formats/oci_events.h"
#include "host/statistics.h"
#include "kernel/cgroup_watch.h"
#include "oci/commands.h"
#include "oci/container.h"

#include <limits.h>
#include <poll.h>
#include <time.h>

struct events_options {
    bool stats;
    char *interval;
};

static int print_stats(const struct container *c, struct failure *failure)
{
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    autostatistics struct oci_statistics statistics = {0};
    autofree char *text = NULL;
    container_open_cgroup(c, &cgroup);
    int r = statistics_read(&cgroup, &statistics, failure);
    if (r < 0)
        return r;
    r = oci_events_write_stats(c->id, &statistics, &text);
    if (r < 0)
        return fail(failure, r, "the counters");
    printf("%s\n", text);
    return fflush(stdout) == 0 ? 0 : fail(failure, -errno, "writing the counters");
}

static int print_oom(const struct container *c, struct failure *failure)
{
    autofree char *text = NULL;
    int r = oci_events_write_oom(c->id, &text);
    if (r == 0 && (printf("%s\n", text) < 0 || fflush(stdout) != 0))
        r = -errno;
    return r < 0 ? fail(failure, r, "writing the events") : 0;
}

struct events {
    const struct container *container;
    struct cgroup_watch watch;
    int process_fd;
    bool ended;
    struct failure *failure;
};

/* Until then, or the container's end. */
static int wait_for_events(struct events *e, int64_t until_ms)
{
    struct pollfd fds[] = {{.fd = e->watch.fd, .events = POLLIN}, {.fd = e->process_fd, .events = POLLIN}};
    int r = 0;
    for (int64_t left = until_ms - clock_now_ms(); left > 0 && r == 0 && !e->ended;
         left = until_ms - clock_now_ms()) {
        fds[0].revents = fds[1].revents = 0; /* as they were, when a signal comes first */
        if (poll(fds, 2, left > INT_MAX ? INT_MAX : (int)left) < 0 && errno != EINTR)
            return fail(e->failure, -errno, "waiting for events");
        e->ended = fds[1].revents != 0;
        if (e->watch.fd >= 0 && (fds[0].revents || e->ended) && cgroup_watch_look(&e->watch) > 0)
            r = print_oom(e->container, e->failure);
    }
    return r;
}

static int follow(const struct container *c, int64_t interval_ms, struct failure *failure)
{
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    struct events e = {.container = c, .watch = CGROUP_WATCH_EMPTY, .failure = failure};
    int r = 0;
    autoclose int process = e.process_fd = container_open_process(c);
    if (process < 0)
        return 0; /* it has just ended */
    container_open_cgroup(c, &cgroup);
    ignore(cgroup_watch_oom(&cgroup, &e.watch)); /* what nothing counts is not told */
    while (r == 0 && !e.ended) {
        r = print_stats(c, failure);
        if (r == 0)
            r = wait_for_events(&e, clock_now_ms() + interval_ms);
    }
    cgroup_watch_close(&e.watch);
    return r;
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
    /* Rounded up: no interval is none at all. */
    return o->stats ? print_stats(&c, failure) : follow(&c, (interval_ns + 999999) / 1000000, failure);
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
    .summary = "Print what it uses, and when memory ran out, as JSON lines",
    .options = {.tables = tables, .single_dash_names = true},
    .options_size = sizeof(struct events_options),
    .min_args = 1,
    .max_args = 1,
    .run = run_events,
};
