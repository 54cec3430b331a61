/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/confirm.h"
#include "cli/prune.h"
#include "cli/say.h"
#include "cli/verbs.h"

struct image_prune_options {
    bool all, force;
};

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct image_prune_options *o = options;
    struct failure failure = {0};
    uint64_t bytes = 0;
    if (!o->force && !confirm(o->all ? "This removes all images that no container uses."
                                     : "This removes all dangling images."))
        return 0;
    if (prune_images(cli, o->all, &bytes, &failure) < 0)
        return say_failure(cli, &failure);
    print_freed(bytes);
    return 0;
}

#define ROW(member) OPTION(struct image_prune_options, member)
static const struct option rows[] = {
    {"all", 'a', OPTION_BOOL, ROW(all), NULL, "All images that no container uses, not only dangling ones"},
    {"force", 'f', OPTION_BOOL, ROW(force), NULL, "Do not ask"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_prune_flags, NULL};

const struct command cmd_image_prune = {
    .name = "image prune",
    .usage = "[OPTIONS]",
    .summary = "Remove images that nobody uses",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct image_prune_options),
    .needs_engine = true,
    .run = run,
};
