/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/say.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "engine/changes.h"

#include <stdio.h>

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct container_change *changes = NULL;
    size_t count = 0;
    struct failure failure = {0};
    if (container_diff(cli->engine, arguments->items[0], &changes, &count, &failure) < 0)
        return say_failure(cli, &failure);
    for (size_t i = 0; i < count; i++) {
        autotext struct text path = {0};
        display_clean(changes[i].path, &path);
        printf("%c %s\n", changes[i].kind, text_peek(&path));
    }
    container_changes_free(changes, count);
    return 0;
}

static const struct option *const tables[] = {NULL};
static const char *const *const absent[] = {absent_diff_flags, NULL};

const struct command cmd_diff = {
    .name = "diff",
    .usage = "CONTAINER",
    .summary = "Show what a container changed in its image's files",
    .notes = "A: added, C: changed, D: deleted.",
    .options = {.tables = tables, .absent = absent},
    .min_args = 1,
    .max_args = 1,
    .needs_engine = true,
    .run = run,
};
