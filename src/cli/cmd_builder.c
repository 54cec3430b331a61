/* SPDX-License-Identifier: Apache-2.0 */
#include "build/prune.h"
#include "cli/absent.h"
#include "cli/confirm.h"
#include "cli/prune.h"
#include "cli/say.h"
#include "cli/verbs.h"

struct builder_prune_options {
    bool all, force;
};

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct builder_prune_options *o = options;
    struct build_prune_result result = {0};
    struct failure failure = {0};
    if (!o->force && !confirm(o->all ? "This removes the whole build cache, with the folders of cache mounts."
                                     : "This removes what the build cache has beyond the images."))
        return 0;
    if (build_prune(cli->engine, o->all, &result, &failure) < 0)
        return say_failure(cli, &failure);
    print_freed(result.freed_bytes);
    return 0;
}

#define ROW(member) OPTION(struct builder_prune_options, member)
static const struct option rows[] = {
    {"all", 'a', OPTION_BOOL, ROW(all), NULL, "Also what images have, and the folders of cache mounts"},
    {"force", 'f', OPTION_BOOL, ROW(force), NULL, "Do not ask"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_prune_flags, NULL};

const struct command cmd_builder_prune = {
    .name = "builder prune",
    .usage = "[OPTIONS]",
    .summary = "Remove the build cache",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct builder_prune_options),
    .needs_engine = true,
    .run = run,
};
