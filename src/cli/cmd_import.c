/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/verbs.h"

#include <stdio.h>
#include <unistd.h>

struct import_options {
    struct strings changes;
    char *message, *platform;
};

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    if (streq(arguments->items[0], "-") && isatty(STDIN_FILENO))
        return say_usage(cli, "standard input is a terminal: pipe a tar archive into it");
    return 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct import_options *o = options;
    struct image_import_request request = {
        .source = arguments->items[0],
        .source_fd = STDIN_FILENO,
        .reference = arguments->count > 1 ? arguments->items[1] : NULL,
        .changes = o->changes, /* lent */
        .message = o->message,
        .platform = o->platform,
    };
    struct image_import_result result = {0};
    struct progress_line line;
    struct failure failure = {0};
    progress_begin(&line, false, &request.progress);
    int r = image_import(cli->engine, &request, &result, &failure);
    progress_end(&line);
    if (r < 0)
        return say_failure(cli, &failure);
    if (result.skipped_devices > 0)
        say(cli, "%llu device files were left out", (unsigned long long)result.skipped_devices);
    printf("sha256:%s\n", result.id.hex);
    return 0;
}

#define ROW(member) OPTION(struct import_options, member)
static const struct option rows[] = {
    {"change", 'c', OPTION_STRINGS, ROW(changes), "INSTRUCTION",
     "Dockerfile instruction for the image: \"USER 950:950\""},
    {"message", 'm', OPTION_STRING, ROW(message), "TEXT", "Comment in the image's history"},
    {"platform", 0, OPTION_STRING, ROW(platform), "OS/ARCH",
     "What the files are for (default: this machine)"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_import_flags, NULL};

const struct command cmd_import = {
    .name = "import",
    .usage = "[OPTIONS] ROOTFS.tar|FOLDER|- [REFERENCE]",
    .summary = "Make an image of a root file system",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct import_options),
    .min_args = 1,
    .max_args = 2,
    .needs_engine = true,
    .check = check,
    .run = run,
};
