/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/each.h"
#include "cli/foreground.h"
#include "cli/payload_error.h"
#include "cli/running.h"
#include "cli/say.h"
#include "cli/verbs.h"

#include <errno.h>

struct start_options {
    bool attach, interactive;
    char *detach_keys;
};

static int start_one(struct cli *cli, const void *options, const char *who, struct failure *failure)
{
    struct start_result result = {.client_fd = -EBADF};
    return container_start(cli->engine, who, false, &result, failure);
}

static int start_attached(struct cli *cli, const struct start_options *o, const char *who)
{
    struct start_result result = {.client_fd = -EBADF};
    struct container_streams streams;
    struct failure failure = {0};
    int r = read_container_streams(cli, who, &streams, &failure);
    if (r < 0)
        return say_failure(cli, &failure);
    autofree char *keys = streams.detach_keys;
    r = container_start(cli->engine, streams.id, true, &result, &failure);
    if (r < 0) {
        int code = say_failure(cli, &failure);
        return result.payload_error ? payload_error_code(result.payload_error) : code;
    }
    autoclose int fd = result.client_fd;
    return foreground_run(cli, &(struct foreground){
                                   .id = streams.id,
                                   .client_fd = fd,
                                   .tty = streams.tty,
                                   .in = o->interactive && streams.open_stdin,
                                   .out = true,
                                   .err = true,
                                   .sig_proxy = true,
                                   .from_start = true,
                                   .detach_keys = o->detach_keys ? o->detach_keys : keys,
                               });
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct start_options *o = options;
    if ((o->attach || o->interactive) && arguments->count > 1)
        return say_usage(cli, "-a and -i attach to one container, not to %d", arguments->count);
    return foreground_check_keys(cli, o->detach_keys);
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct start_options *o = options;
    if (!o->attach && !o->interactive)
        return each_argument(cli, &(struct each){.one = start_one}, arguments);
    return start_attached(cli, o, arguments->items[0]);
}

#define ROW(member) OPTION(struct start_options, member)
static const struct option rows[] = {
    {"attach", 'a', OPTION_BOOL, ROW(attach), NULL,
     "Stay: show its output, hand on signals, end with its exit code"},
    {"detach-keys", 0, OPTION_STRING, ROW(detach_keys), "KEYS", "Keys that detach (default ctrl-p,ctrl-q)"},
    {"interactive", 'i', OPTION_BOOL, ROW(interactive), NULL, "Attach standard input"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_start_flags, NULL};

const struct command cmd_start = {
    .name = "start",
    .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
    .summary = "Start containers that were made earlier",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct start_options),
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .failure_code = EXIT_USAGE,
    .check = check,
    .run = run,
};
