/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/each.h"
#include "cli/verbs.h"
#include "engine/container.h"

#include <stdio.h>

static int wait_one(struct cli *cli, const void *options, const char *who, struct failure *failure)
{
    int exit_code;
    int r = container_wait(cli->engine, who, &exit_code, failure);
    if (r == 0)
        printf("%d\n", exit_code);
    return r;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    return each_argument(cli, &(struct each){.one = wait_one, .quiet = true}, arguments);
}

static const struct option *const tables[] = {NULL};
static const char *const *const absent[] = {absent_wait_flags, NULL};

const struct command cmd_wait = {
    .name = "wait",
    .usage = "CONTAINER [CONTAINER...]",
    .summary = "Wait until containers end and print their exit codes",
    .options = {.tables = tables, .absent = absent},
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .run = run,
};
