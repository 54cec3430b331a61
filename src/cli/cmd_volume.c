/* SPDX-License-Identifier: Apache-2.0 */
/* volume create, rm, prune; volume ls is in cmd_volume_ls.c, volume inspect is inspect. */
#include "cli/absent.h"
#include "cli/confirm.h"
#include "cli/each.h"
#include "cli/environment_options.h"
#include "cli/prune.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/volume.h"

#include <errno.h>
#include <stdio.h>

struct volume_create_options {
    struct strings labels;
    char *name;
};

static int check_create(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct volume_create_options *o = options;
    if (arguments->count > 0 && o->name)
        return say_usage(cli, "the name was given twice: as --name and as an argument");
    return 0;
}

static int run_create(struct cli *cli, void *options, const struct arguments *arguments)
{
    static const struct strings no_files;
    const struct volume_create_options *o = options;
    struct volume_request request = {.name = arguments->count > 0 ? arguments->items[0] : o->name};
    struct volume volume = {0};
    struct failure failure = {0};
    if (labels_collect(&no_files, &o->labels, &request.labels, &failure) < 0)
        return say_usage(cli, "%s", failure.text);
    int r = volume_create(cli->engine, &request, &volume, &failure);
    strings_free(&request.labels);
    if (r < 0)
        return say_failure(cli, &failure);
    printf("%s\n", volume.name);
    volume_free(&volume);
    return 0;
}

#define CREATE_ROW(member) OPTION(struct volume_create_options, member)
static const struct option create_volume_rows[] = {
    {"label", 'l', OPTION_STRINGS, CREATE_ROW(labels), "NAME[=VALUE]", "Set a label"},
    {"name", 0, OPTION_STRING, CREATE_ROW(name), NULL, NULL},
    {NULL},
};
static const struct option *const create_tables[] = {create_volume_rows, NULL};
static const char *const *const create_absent[] = {absent_volume_create_flags, NULL};

const struct command cmd_volume_create = {
    .name = "volume create",
    .usage = "[OPTIONS] [VOLUME]",
    .summary = "Make a volume",
    .options = {.tables = create_tables, .absent = create_absent},
    .options_size = sizeof(struct volume_create_options),
    .max_args = 1,
    .needs_engine = true,
    .check = check_create,
    .run = run_create,
};

struct volume_rm_options {
    bool force;
};

static int remove_one(struct cli *cli, const void *options, const char *who, struct failure *failure)
{
    const struct volume_rm_options *o = options;
    return volume_remove(cli->engine, who, o->force, failure);
}

static int run_rm(struct cli *cli, void *options, const struct arguments *arguments)
{
    return each_argument(cli, &(struct each){.one = remove_one, .options = options}, arguments);
}

static const struct option rm_rows[] = {
    {"force", 'f', OPTION_BOOL, OPTION(struct volume_rm_options, force), NULL,
     "No failure when there is none"},
    {NULL},
};
static const struct option *const rm_tables[] = {rm_rows, NULL};
static const char *const *const rm_absent[] = {absent_volume_rm_flags, NULL};

const struct command cmd_volume_rm = {
    .name = "volume rm",
    .usage = "[OPTIONS] VOLUME [VOLUME...]",
    .summary = "Remove volumes and their files",
    .options = {.tables = rm_tables, .absent = rm_absent},
    .options_size = sizeof(struct volume_rm_options),
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .run = run_rm,
};

struct volume_prune_options {
    bool all, force;
};

static int run_prune(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct volume_prune_options *o = options;
    struct failure failure = {0};
    uint64_t bytes = 0;
    if (!o->force &&
        !confirm(o->all ? "This removes all volumes that no container uses, with their files."
                        : "This removes all anonymous volumes that no container uses, with their files."))
        return 0;
    if (prune_volumes(cli, o->all, &bytes, &failure) < 0)
        return say_failure(cli, &failure);
    print_freed(bytes);
    return 0;
}

#define PRUNE_ROW(member) OPTION(struct volume_prune_options, member)
static const struct option prune_rows[] = {
    {"all", 'a', OPTION_BOOL, PRUNE_ROW(all), NULL, "Named volumes too, not only anonymous ones"},
    {"force", 'f', OPTION_BOOL, PRUNE_ROW(force), NULL, "Do not ask"},
    {NULL},
};
static const struct option *const prune_tables[] = {prune_rows, NULL};
static const char *const *const prune_absent[] = {absent_prune_flags, NULL};

const struct command cmd_volume_prune = {
    .name = "volume prune",
    .usage = "[OPTIONS]",
    .summary = "Remove volumes that no container uses",
    .options = {.tables = prune_tables, .absent = prune_absent},
    .options_size = sizeof(struct volume_prune_options),
    .needs_engine = true,
    .run = run_prune,
};
