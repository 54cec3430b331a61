/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/each.h"
#include "cli/verbs.h"
#include "engine/container.h"

static int pause_one(struct cli *cli, const void *options, const char *who, struct failure *failure)
{
    return container_pause(cli->engine, who, true, failure);
}

static int unpause_one(struct cli *cli, const void *options, const char *who, struct failure *failure)
{
    return container_pause(cli->engine, who, false, failure);
}

static int run_pause(struct cli *cli, void *options, const struct arguments *arguments)
{
    return each_argument(cli, &(struct each){.one = pause_one}, arguments);
}

static int run_unpause(struct cli *cli, void *options, const struct arguments *arguments)
{
    return each_argument(cli, &(struct each){.one = unpause_one}, arguments);
}

static const struct option *const tables[] = {NULL};
static const char *const *const absent[] = {absent_pause_flags, NULL};

const struct command cmd_pause = {
    .name = "pause",
    .usage = "CONTAINER [CONTAINER...]",
    .summary = "Freeze all processes of containers",
    .options = {.tables = tables, .absent = absent},
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .run = run_pause,
};

const struct command cmd_unpause = {
    .name = "unpause",
    .usage = "CONTAINER [CONTAINER...]",
    .summary = "Let frozen containers run on",
    .options = {.tables = tables, .absent = absent},
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .run = run_unpause,
};
