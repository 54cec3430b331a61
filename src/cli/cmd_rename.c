/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/container.h"

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct failure failure = {0};
    int r = container_rename(cli->engine, arguments->items[0], arguments->items[1], &failure);
    return r < 0 ? say_failure(cli, &failure) : 0;
}

static const struct option *const tables[] = {NULL};

const struct command cmd_rename = {
    .name = "rename",
    .usage = "CONTAINER NAME",
    .summary = "Give a container another name",
    .options = {.tables = tables},
    .min_args = 2,
    .max_args = 2,
    .needs_engine = true,
    .run = run,
};
