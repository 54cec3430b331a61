/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/verbs.h"

#include <stdio.h>
#include <unistd.h>

struct load_options {
    char *input, *platform;
    bool quiet;
};

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    if (!((const struct load_options *)options)->input && isatty(STDIN_FILENO))
        return say_usage(cli,
                         "standard input is a terminal: name an archive or an OCI layout folder with -i");
    return 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct load_options *o = options;
    struct image_load_request request = {
        .source = o->input ? o->input : "-", .source_fd = STDIN_FILENO, .platform = o->platform};
    autostrings struct strings loaded = {0};
    struct progress_line line;
    struct failure failure = {0};
    if (streq(request.source, "-") && isatty(STDIN_FILENO))
        return say_usage(cli,
                         "standard input is a terminal: name an archive or an OCI layout folder with -i");
    progress_begin(&line, o->quiet, &request.progress);
    int r = image_load(cli->engine, &request, &loaded, &failure);
    progress_end(&line);
    for (size_t i = 0; i < loaded.count; i++)
        printf("Loaded image%s: %s\n", string_after(loaded.items[i], "sha256:") ? " ID" : "",
               loaded.items[i]);
    return r < 0 ? say_failure(cli, &failure) : 0;
}

#define ROW(member) OPTION(struct load_options, member)
static const struct option rows[] = {
    {"input", 'i', OPTION_STRING, ROW(input), "FILE|FOLDER",
     "docker archive, OCI archive or OCI layout (default: standard input)"},
    {"platform", 0, OPTION_STRING, ROW(platform), "OS/ARCH",
     "Which entry of several (default: this machine's)"},
    {"quiet", 'q', OPTION_BOOL, ROW(quiet), NULL, "No progress line"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_load_flags, NULL};

const struct command cmd_load = {
    .name = "load",
    .usage = "[OPTIONS]",
    .summary = "Load images from an archive",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct load_options),
    .needs_engine = true,
    .check = check,
    .run = run,
};
