/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/each.h"
#include "cli/verbs.h"
#include "engine/container.h"

struct rm_options {
    bool force, volumes;
};

static int remove_one(struct cli *cli, const void *options, const char *who, struct failure *failure)
{
    const struct rm_options *o = options;
    return container_remove(cli->engine, who, o->force, o->volumes, failure);
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    return each_argument(cli, &(struct each){.one = remove_one, .options = options}, arguments);
}

#define ROW(member) OPTION(struct rm_options, member)
static const struct option rows[] = {
    {"force", 'f', OPTION_BOOL, ROW(force), NULL, "Kill a container that runs"},
    {"volumes", 'v', OPTION_BOOL, ROW(volumes), NULL, "Remove its anonymous volumes too"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_rm_flags, NULL};

const struct command cmd_rm = {
    .name = "rm",
    .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
    .summary = "Remove containers",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct rm_options),
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .run = run,
};
