/* SPDX-License-Identifier: Apache-2.0 */
/* stop and restart: the same end, and one begins anew. */
#include "cli/absent.h"
#include "cli/each.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/container.h"
#include "formats/signal_name.h"

struct stop_options {
    struct stop_request request;
    char *signal;
};

static int stop_one(struct cli *cli, const void *options, const char *who, struct failure *failure)
{
    const struct stop_options *o = options;
    return container_stop(cli->engine, who, &o->request, failure);
}

static int restart_one(struct cli *cli, const void *options, const char *who, struct failure *failure)
{
    const struct stop_options *o = options;
    return container_restart(cli->engine, who, &o->request, failure);
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct stop_options *o = options;
    o->request.signal = o->signal ? signal_parse(o->signal) : 0;
    return o->request.signal < 0 ? say_usage(cli, "--signal: there is no signal \"%s\"", o->signal) : 0;
}

static int run_stop(struct cli *cli, void *options, const struct arguments *arguments)
{
    return each_argument(cli, &(struct each){.one = stop_one, .options = options}, arguments);
}

static int run_restart(struct cli *cli, void *options, const struct arguments *arguments)
{
    return each_argument(cli, &(struct each){.one = restart_one, .options = options}, arguments);
}

#define ROW(member) OPTION(struct stop_options, member)
static const struct option rows[] = {
    {"signal", 's', OPTION_STRING, ROW(signal), "SIGNAL", "Signal that stops it (default: the container's)"},
    {"timeout", 't', OPTION_I64, ROW(request.timeout_seconds), "SECONDS",
     "Time to end before it is killed, -1 = any (default: the container's)"},
    {"time", 0, OPTION_I64, ROW(request.timeout_seconds), NULL, NULL},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const stop_absent[] = {absent_stop_flags, NULL};
static const char *const *const restart_absent[] = {absent_restart_flags, NULL};
static const struct stop_options defaults = {.request.timeout_seconds = STOP_TIMEOUT_OWN};

const struct command cmd_stop = {
    .name = "stop",
    .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
    .summary = "Stop containers: their stop signal, and SIGKILL after a time",
    .options = {.tables = tables, .absent = stop_absent},
    .options_size = sizeof(struct stop_options),
    .defaults = &defaults,
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .check = check,
    .run = run_stop,
};

const struct command cmd_restart = {
    .name = "restart",
    .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
    .summary = "Stop containers and start them again",
    .notes =
        "A container keeps its ids, its files, its log, and on the default network its address and ports.\n"
        "One that does not run is started; one that was run with --rm stays.",
    .options = {.tables = tables, .absent = restart_absent},
    .options_size = sizeof(struct stop_options),
    .defaults = &defaults,
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .check = check,
    .run = run_restart,
};
