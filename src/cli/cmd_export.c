/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output_file.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/changes.h"

struct export_options {
    char *output;
};

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    return output_file_check(cli, ((const struct export_options *)options)->output);
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct export_options *o = options;
    struct output_file file;
    struct failure failure = {0};
    int r = output_file_open(&file, o->output, &failure);
    if (r == 0) {
        r = container_export(cli->engine, arguments->items[0], file.fd, &failure);
        int closed = output_file_close(&file, r == 0, &failure);
        r = r < 0 ? r : closed;
    }
    return r < 0 ? say_failure(cli, &failure) : 0;
}

static const struct option rows[] = {
    {"output", 'o', OPTION_STRING, OPTION(struct export_options, output), "FILE",
     "Write to a file, not to standard output"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};

const struct command cmd_export = {
    .name = "export",
    .usage = "[OPTIONS] CONTAINER",
    .summary = "Write a container's file system as a tar archive",
    .options = {.tables = tables},
    .options_size = sizeof(struct export_options),
    .min_args = 1,
    .max_args = 1,
    .needs_engine = true,
    .check = check,
    .run = run,
};
