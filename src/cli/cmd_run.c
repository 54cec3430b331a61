/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/create_options.h"
#include "cli/foreground.h"
#include "cli/payload_error.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/container.h"

#include <errno.h>
#include <stdio.h>

/* Which of our streams take part: -a's, else output always and input with -i. */
static void choose_streams(const struct create_options *o, struct foreground *f)
{
    bool chosen = o->attach.count > 0;
    f->in = o->request.interactive && (!chosen || strings_contain(&o->attach, "stdin"));
    f->out = !chosen || strings_contain(&o->attach, "stdout");
    f->err = !chosen || strings_contain(&o->attach, "stderr");
}

/* What could not start leaves no container behind: its name is free for the next try. */
static int undo(struct cli *cli, const char *id, const struct start_result *result,
                const struct failure *failure)
{
    struct failure ignored = {0};
    int code = say_failure(cli, failure);
    ignore(
        container_remove(cli->engine, id, true, true, &ignored)); /* the first failure is the one to know */
    return result->payload_error ? payload_error_code(result->payload_error) : code;
}

static int run_attached(struct cli *cli, struct create_options *o, const char *id, struct foreground *f)
{
    struct start_result result = {.client_fd = -EBADF};
    struct failure failure = {0};
    int r = container_start(cli->engine, id, true, &result, &failure);
    if (r < 0)
        return undo(cli, id, &result, &failure);
    f->client_fd = result.client_fd;
    f->id = id;
    f->tty = o->request.tty;
    f->sig_proxy = o->sig_proxy != 0;
    f->from_start = true;
    f->detach_keys = o->request.detach_keys;
    int code = foreground_run(cli, f);
    (void)close(result.client_fd); /* only a connection */
    return code;
}

static int run_detached(struct cli *cli, const char *id)
{
    struct start_result result = {.client_fd = -EBADF};
    struct failure failure = {0};
    int r = container_start(cli->engine, id, false, &result, &failure);
    if (r < 0)
        return undo(cli, id, &result, &failure);
    printf("%s\n", id);
    return 0;
}

static int run_request(struct cli *cli, struct create_options *o)
{
    char id[CONTAINER_ID_LENGTH + 1];
    struct foreground f = {0};
    choose_streams(o, &f);
    o->request.starts_now = true;
    int code = create_container(cli, o, id);
    if (code != 0)
        return code;
    return o->request.detach ? run_detached(cli, id) : run_attached(cli, o, id, &f);
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct create_options *o = options;
    if (!o->request.detach && foreground_check_terminal(cli, o->request.interactive, o->request.tty) != 0)
        return EXIT_USAGE;
    if (foreground_check_keys(cli, o->request.detach_keys) != 0)
        return EXIT_USAGE;
    return create_options_check(cli, options, arguments);
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct create_options *o = options;
    int code = run_request(cli, o);
    create_options_release(o);
    return code;
}

#define ROW(member) OPTION(struct create_options, member)
static const struct option rows[] = {
    {"attach", 'a', OPTION_STRINGS, ROW(attach), "STREAM", "Attach only to stdin, stdout or stderr"},
    {"detach", 'd', OPTION_BOOL, ROW(request.detach), NULL,
     "Run in the background and print the container's id"},
    {"sig-proxy", 0, OPTION_TRISTATE, ROW(sig_proxy), NULL,
     "Hand signals on to the container (default true)"},
    {NULL},
};
static const struct option *const tables[] = {rows, create_rows, NULL};
static const char *const *const absent[] = {absent_container_flags, absent_health_flags, NULL};

const struct command cmd_run = {
    .name = "run",
    .usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
    .summary = "Make a container and start it",
    .notes = CREATE_NOTES
    "\nExit code: the command's; 125 when unroot failed, 126 when the command cannot be executed,\n"
    "127 when it is not there, 128 + N when signal N ended it.",
    .options = {.tables = tables, .absent = absent, .stop_at_positional = true},
    .options_size = sizeof(struct create_options),
    .defaults = &create_defaults,
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .failure_code = EXIT_USAGE,
    .check = check,
    .run = run,
};
