/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/changes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct cp_options {
    bool archive, follow_link, quiet;
};

/* Where the container's name in CONTAINER:PATH ends, or NULL for a path here (docker: one that begins with /
 * or .). */
static const char *find_colon(const char *argument)
{
    return argument[0] == '/' || argument[0] == '.' ? NULL : strchr(argument, ':');
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    const char *from = arguments->items[0], *to = arguments->items[1];
    bool from_inside = find_colon(from) != NULL, to_inside = find_colon(to) != NULL;
    if (from_inside && to_inside)
        return say_usage(cli, "copying between containers is not there yet: copy to a folder here first");
    if (!from_inside && !to_inside)
        return say_usage(cli, "one of the two must be CONTAINER:PATH");
    if (from_inside && streq(to, "-") && isatty(STDOUT_FILENO))
        return say_usage(cli, "standard output is a terminal: redirect it");
    if (to_inside && streq(from, "-") && isatty(STDIN_FILENO))
        return say_usage(cli, "standard input is a terminal: pipe a tar archive into it");
    return 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct cp_options *o = options;
    const char *from = arguments->items[0], *to = arguments->items[1];
    bool out = find_colon(from) != NULL;
    const char *inside = out ? from : to, *colon = find_colon(inside);
    autofree char *container = strndup(inside, (size_t)(colon - inside));
    struct failure failure = {0};
    struct container_copy_request request = {
        .container = container,
        .inside = colon + 1,
        .outside = out ? to : from,
        .stream_fd = out ? STDOUT_FILENO : STDIN_FILENO,
        .follow_link = o->follow_link,
        .keep_owner = o->archive,
    };
    if (!container)
        return say_failure(cli, &(struct failure){.error = -ENOMEM});
    int r = out ? container_copy_out(cli->engine, &request, &failure)
                : container_copy_in(cli->engine, &request, &failure);
    return r < 0 ? say_failure(cli, &failure) : 0;
}

#define ROW(member) OPTION(struct cp_options, member)
static const struct option rows[] = {
    {"archive", 'a', OPTION_BOOL, ROW(archive), NULL, "Keep the numeric owners"},
    {"follow-link", 'L', OPTION_BOOL, ROW(follow_link), NULL, "Copy what a symbolic link points at"},
    {"quiet", 'q', OPTION_BOOL, ROW(quiet), NULL, "Nothing is shown anyway"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_cp_flags, NULL};

const struct command cmd_cp = {
    .name = "cp",
    .usage = "[OPTIONS] CONTAINER:PATH PATH|-  or  PATH|- CONTAINER:PATH",
    .summary = "Copy files between a container and here",
    .notes = "\"-\" is a tar stream on standard input or output.",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct cp_options),
    .min_args = 2,
    .max_args = 2,
    .needs_engine = true,
    .check = check,
    .run = run,
};
