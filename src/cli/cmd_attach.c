/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/foreground.h"
#include "cli/running.h"
#include "cli/say.h"
#include "cli/verbs.h"

#include <errno.h>

struct attach_options {
    char *detach_keys;
    bool no_stdin;
    int sig_proxy;
};

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    return foreground_check_keys(cli, ((const struct attach_options *)options)->detach_keys);
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct attach_options *o = options;
    struct container_streams streams;
    struct failure failure = {0};
    autoclose int fd = -EBADF;
    int r = read_container_streams(cli, arguments->items[0], &streams, &failure);
    if (r < 0)
        return say_failure(cli, &failure);
    autofree char *keys = streams.detach_keys;
    r = container_attach(cli->engine, streams.id, &fd, &failure);
    if (r < 0)
        return say_failure(cli, &failure);
    return foreground_run(cli, &(struct foreground){
                                   .id = streams.id,
                                   .client_fd = fd,
                                   .tty = streams.tty,
                                   .in = streams.open_stdin && !o->no_stdin,
                                   .out = true,
                                   .err = true,
                                   .sig_proxy = o->sig_proxy,
                                   .detach_keys = o->detach_keys ? o->detach_keys : keys,
                               });
}

#define ROW(member) OPTION(struct attach_options, member)
static const struct option rows[] = {
    {"detach-keys", 0, OPTION_STRING, ROW(detach_keys), "KEYS", "Keys that detach (default ctrl-p,ctrl-q)"},
    {"no-stdin", 0, OPTION_BOOL, ROW(no_stdin), NULL, "Do not attach standard input"},
    {"sig-proxy", 0, OPTION_TRISTATE, ROW(sig_proxy), NULL,
     "Hand signals on to the container (default true)"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_attach_flags, NULL};

const struct command cmd_attach = {
    .name = "attach",
    .usage = "[OPTIONS] CONTAINER",
    .summary = "Take part in a container's input and output",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct attach_options),
    .defaults = &(const struct attach_options){.sig_proxy = -1},
    .min_args = 1,
    .max_args = 1,
    .needs_engine = true,
    .check = check,
    .run = run,
};
