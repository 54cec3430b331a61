/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/each.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/container.h"
#include "formats/signal_name.h"

#include <signal.h>

struct kill_options {
    char *signal;
    int number; /* of the signal */
};

static int kill_one(struct cli *cli, const void *options, const char *who, struct failure *failure)
{
    const struct kill_options *o = options;
    return container_kill(cli->engine, who, o->number, failure);
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct kill_options *o = options;
    o->number = o->signal ? signal_parse(o->signal) : SIGKILL;
    return o->number < 0 ? say_usage(cli, "--signal: there is no signal \"%s\"", o->signal) : 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    return each_argument(cli, &(struct each){.one = kill_one, .options = options}, arguments);
}

#define ROW(member) OPTION(struct kill_options, member)
static const struct option rows[] = {
    {"signal", 's', OPTION_STRING, ROW(signal), "SIGNAL", "Signal to send, by name or number (default KILL)"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_kill_flags, NULL};

const struct command cmd_kill = {
    .name = "kill",
    .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
    .summary = "Send a signal to containers",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct kill_options),
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .check = check,
    .run = run,
};
