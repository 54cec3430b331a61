/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/image.h"

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct failure failure = {0};
    for (int i = 1; i < arguments->count; i++)
        if (image_tag(cli->engine, arguments->items[0], arguments->items[i], &failure) < 0)
            return say_failure(cli, &failure);
    return 0;
}

static const struct option *const tables[] = {NULL};

const struct command cmd_tag = {
    .name = "tag",
    .usage = "IMAGE REFERENCE [REFERENCE...]",
    .summary = "Give an image another reference",
    .options = {.tables = tables},
    .min_args = 2,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .run = run,
};
