/* SPDX-License-Identifier: Apache-2.0 */
/* container prune, and container cleanup: what a monitor executes when its container has ended. */
#include "cli/absent.h"
#include "cli/confirm.h"
#include "cli/each.h"
#include "cli/prune.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/container.h"

struct container_prune_options {
    bool force;
};

static int run_prune(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct container_prune_options *o = options;
    struct failure failure = {0};
    if (!o->force && !confirm("This removes all containers that do not run."))
        return 0;
    return prune_containers(cli, &failure) < 0 ? say_failure(cli, &failure) : 0;
}

#define ROW(member) OPTION(struct container_prune_options, member)
static const struct option rows[] = {
    {"force", 'f', OPTION_BOOL, ROW(force), NULL, "Do not ask"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_prune_flags, NULL};

const struct command cmd_container_prune = {
    .name = "container prune",
    .usage = "[OPTIONS]",
    .summary = "Remove all containers that do not run",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct container_prune_options),
    .needs_engine = true,
    .run = run_prune,
};

struct container_cleanup_options {
    int lock_fd; /* of the monitor that this program was; -1: none */
};

static int clean_up(struct cli *cli, const void *options, const char *who, struct failure *failure)
{
    const struct container_cleanup_options *o = options;
    return o->lock_fd >= 0 ? container_cleanup_held(cli->engine, who, o->lock_fd, failure)
                           : container_cleanup(cli->engine, who, failure);
}

static int run_cleanup(struct cli *cli, void *options, const struct arguments *arguments)
{
    return each_argument(cli, &(struct each){.one = clean_up, .options = options, .quiet = true}, arguments);
}

static const struct option cleanup_rows[] = {
    {"lock-fd", 0, OPTION_INT, OPTION(struct container_cleanup_options, lock_fd), NULL, NULL},
    {NULL},
};
static const struct option *const cleanup_tables[] = {cleanup_rows, NULL};

const struct command cmd_container_cleanup = {
    .name = "container cleanup",
    .usage = "CONTAINER [CONTAINER...]",
    .summary = "Take away what ended containers left behind",
    .options = {.tables = cleanup_tables},
    .options_size = sizeof(struct container_cleanup_options),
    .defaults = &(const struct container_cleanup_options){.lock_fd = -1},
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .hidden = true,
    .run = run_cleanup,
};
