/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/changes.h"

#include <stdio.h>

struct commit_options {
    char *author, *message;
    struct strings changes;
    int pause;
    bool quiet;
};

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct commit_options *o = options;
    struct container_commit_request request = {
        .container = arguments->items[0],
        .reference = arguments->count > 1 ? arguments->items[1] : NULL,
        .author = o->author,
        .message = o->message,
        .changes = o->changes, /* lent */
        .no_pause = o->pause == 0,
    };
    struct digest id;
    struct progress_line line;
    struct failure failure = {0};
    progress_begin(&line, o->quiet, &request.progress);
    int r = container_commit(cli->engine, &request, &id, &failure);
    progress_end(&line);
    if (r < 0)
        return say_failure(cli, &failure);
    printf("sha256:%s\n", id.hex);
    return 0;
}

#define ROW(member) OPTION(struct commit_options, member)
static const struct option rows[] = {
    {"author", 'a', OPTION_STRING, ROW(author), "NAME", "Who made it"},
    {"change", 'c', OPTION_STRINGS, ROW(changes), "INSTRUCTION",
     "Dockerfile instruction for the image: \"USER 950:950\""},
    {"message", 'm', OPTION_STRING, ROW(message), "TEXT", "Comment in the image's history"},
    {"pause", 'p', OPTION_TRISTATE, ROW(pause), NULL,
     "Let the container stand still meanwhile (default true)"},
    {"quiet", 'q', OPTION_BOOL, ROW(quiet), NULL, "No progress line"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_commit_flags, NULL};

const struct command cmd_commit = {
    .name = "commit",
    .usage = "[OPTIONS] CONTAINER [REFERENCE]",
    .summary = "Make an image of a container's changes",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct commit_options),
    .defaults = &(const struct commit_options){.pause = -1},
    .min_args = 1,
    .max_args = 2,
    .needs_engine = true,
    .run = run,
};
