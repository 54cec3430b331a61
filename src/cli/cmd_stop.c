/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/each.h"
#include "cli/verbs.h"
#include "engine/container.h"

struct stop_options {
    uint32_t timeout;
};

static int stop_one(struct cli *cli, const void *options, const char *who, struct failure *failure)
{
    const struct stop_options *o = options;
    return container_stop(cli->engine, who, o->timeout, failure);
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    return each_argument(cli, &(struct each){.one = stop_one, .options = options}, arguments);
}

#define ROW(member) OPTION(struct stop_options, member)
static const struct option rows[] = {
    {"timeout", 't', OPTION_U32, ROW(timeout), "SECONDS",
     "Time to end before it is killed (default: the container's)"},
    {"time", 0, OPTION_U32, ROW(timeout), NULL, NULL},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_stop_flags, NULL};

const struct command cmd_stop = {
    .name = "stop",
    .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
    .summary = "Stop containers: their stop signal, and SIGKILL after a time",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct stop_options),
    .defaults = &(const struct stop_options){.timeout = UINT32_MAX},
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .run = run,
};
