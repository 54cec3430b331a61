/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/each.h"
#include "cli/verbs.h"
#include "engine/image.h"

#include <stdio.h>

struct rmi_options {
    bool force;
};

static int remove_one(struct cli *cli, const void *options, const char *who, struct failure *failure)
{
    const struct rmi_options *o = options;
    struct image_removal removal = {0};
    int r = image_remove(cli->engine, who, o->force, &removal, failure);
    if (r < 0)
        return r;
    for (size_t i = 0; i < removal.untagged.count; i++)
        printf("Untagged: %s\n", removal.untagged.items[i]);
    for (size_t i = 0; i < removal.deleted.count; i++)
        printf("Deleted: %s\n", removal.deleted.items[i]);
    image_removal_free(&removal);
    return 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    return each_argument(cli, &(struct each){.one = remove_one, .options = options, .quiet = true},
                         arguments);
}

#define ROW(member) OPTION(struct rmi_options, member)
static const struct option rows[] = {
    {"force", 'f', OPTION_BOOL, ROW(force), NULL,
     "Take all references away, also when a container uses the image"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_rmi_flags, NULL};

const struct command cmd_rmi = {
    .name = "rmi",
    .usage = "[OPTIONS] IMAGE [IMAGE...]",
    .summary = "Remove images",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct rmi_options),
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .run = run,
};
