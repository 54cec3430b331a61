/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/each.h"
#include "cli/limit_options.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/update.h"

#include <string.h>

static const struct container_update nothing = {
    .cpu_shares = UPDATE_KEEP,
    .cpu_period = UPDATE_KEEP,
    .cpu_quota = UPDATE_KEEP,
    .pids_limit = UPDATE_KEEP,
    .blkio_weight = UPDATE_KEEP,
};

static int update_one(struct cli *cli, const void *options, const char *who, struct failure *failure)
{
    return container_update(cli->engine, who, options, failure);
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    return memcmp(options, &nothing, sizeof(nothing)) == 0
               ? say_usage(cli, "there is nothing to change: give one limit at least")
               : 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    return each_argument(cli, &(struct each){.one = update_one, .options = options}, arguments);
}

#define ROW(member) OPTION(struct container_update, member)
static const struct option rows[] = {
    LIMIT_ROWS(ROW, OPTION_I64, OPTION_I64),
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_health_flags, absent_update_flags, NULL};

const struct command cmd_update = {
    .name = "update",
    .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
    .summary = "Change the limits of containers, also while they run",
    .notes = "What is not given stays as it is; 0 takes a limit away. A value that the kernel refuses "
             "changes nothing.\n"
             "--cpus takes the place of --cpu-period and --cpu-quota, and these that of --cpus.",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct container_update),
    .defaults = &nothing,
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .check = check,
    .run = run,
};
