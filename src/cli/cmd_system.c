/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/confirm.h"
#include "cli/prune.h"
#include "cli/say.h"
#include "cli/verbs.h"

struct system_prune_options {
    bool all, force, volumes;
};

static int prune(struct cli *cli, const struct system_prune_options *o, struct failure *failure)
{
    uint64_t image_bytes = 0, volume_bytes = 0;
    int r = prune_containers(cli, failure);
    if (r == 0 && o->volumes)
        r = prune_volumes(cli, false, &volume_bytes, failure);
    if (r == 0)
        r = prune_images(cli, o->all, &image_bytes, failure);
    print_freed(image_bytes + volume_bytes);
    return r;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct system_prune_options *o = options;
    struct failure failure = {0};
    if (!o->force &&
        !confirm(o->all ? "This removes all containers that do not run and all images without a container."
                        : "This removes all containers that do not run and all dangling images."))
        return 0;
    return prune(cli, o, &failure) < 0 ? say_failure(cli, &failure) : 0;
}

#define ROW(member) OPTION(struct system_prune_options, member)
static const struct option rows[] = {
    {"all", 'a', OPTION_BOOL, ROW(all), NULL, "All images that no container uses, not only dangling ones"},
    {"force", 'f', OPTION_BOOL, ROW(force), NULL, "Do not ask"},
    {"volumes", 0, OPTION_BOOL, ROW(volumes), NULL, "Anonymous volumes that no container uses too"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_prune_flags, NULL};

const struct command cmd_system_prune = {
    .name = "system prune",
    .usage = "[OPTIONS]",
    .summary = "Remove containers, images and volumes that nobody uses",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct system_prune_options),
    .needs_engine = true,
    .run = run,
};
