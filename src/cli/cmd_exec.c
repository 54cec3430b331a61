/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/environment_options.h"
#include "cli/foreground.h"
#include "cli/payload_error.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/container.h"
#include "formats/detach_keys.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

struct exec_options {
    struct exec_request request;
    struct strings env, env_files;
};

static int finish(struct exec_options *o, const struct arguments *arguments, struct failure *failure)
{
    int r = environment_collect(&o->env_files, &o->env, &o->request.environment, failure);
    if (r < 0)
        return r;
    o->request.container = strdup(arguments->items[0]);
    r = o->request.container ? 0 : -ENOMEM;
    for (int i = 1; i < arguments->count && r == 0; i++)
        r = strings_add(&o->request.command, arguments->items[i]);
    return r < 0 ? fail(failure, r, "reading the options") : 0;
}

static int relay_exec(struct cli *cli, const struct exec_request *request, struct exec_result *result,
                      struct relay *relay)
{
    struct relay_outcome outcome;
    struct failure failure = {0};
    relay->pidfd = result->pidfd;
    relay->tty_fd = result->tty_fd;
    relay->stdin_fd = result->stdin_fd;
    relay->stdout_fd = result->stdout_fd;
    relay->stderr_fd = result->stderr_fd;
    relay->user_stdin = request->interactive ? STDIN_FILENO : -EBADF;
    relay->user_stdout = STDOUT_FILENO;
    relay->user_stderr = STDERR_FILENO;
    relay->tty = request->tty;
    int r = relay_run(relay, &outcome);
    if (r < 0) {
        fail(&failure, r, "relaying the command");
        return say_failure(cli, &failure);
    }
    if (outcome.end == RELAY_SIGNALLED || outcome.end == RELAY_OUTPUT_CLOSED)
        return foreground_end_by_signal(outcome.end == RELAY_SIGNALLED ? outcome.signal : SIGPIPE);
    return outcome.end == RELAY_EXITED ? outcome.exit_code : 0;
}

static int run_request(struct cli *cli, const struct exec_request *request)
{
    struct exec_result result = {
        .pidfd = -EBADF, .tty_fd = -EBADF, .stdin_fd = -EBADF, .stdout_fd = -EBADF, .stderr_fd = -EBADF};
    struct failure failure = {0};
    struct detach_keys keys;
    struct relay relay;
    relay_init(&relay);
    int r = foreground_read_keys(request->detach_keys, &keys, &relay, &failure);
    if (r == 0)
        r = container_exec(cli->engine, request, &result, &failure);
    if (r < 0) {
        int code = say_failure(cli, &failure);
        return result.payload_error ? payload_error_code(result.payload_error) : code;
    }
    return request->detach ? 0 : relay_exec(cli, request, &result, &relay);
}

static void release(struct exec_options *o)
{
    exec_request_free(&o->request);
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct exec_options *o = options;
    struct failure failure = {0};
    if (!o->request.detach && foreground_check_terminal(cli, o->request.interactive, o->request.tty) != 0)
        return EXIT_USAGE;
    if (foreground_check_keys(cli, o->request.detach_keys) != 0)
        return EXIT_USAGE;
    if (finish(o, arguments, &failure) == 0)
        return 0;
    release(o);
    return say_usage(cli, "%s", failure.text);
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct exec_options *o = options;
    int code = run_request(cli, &o->request);
    release(o);
    return code;
}

#define ROW(member) OPTION(struct exec_options, member)
static const struct option rows[] = {
    {"detach", 'd', OPTION_BOOL, ROW(request.detach), NULL, "Leave the command in the background"},
    {"detach-keys", 0, OPTION_STRING, ROW(request.detach_keys), "KEYS",
     "Keys that detach (default ctrl-p,ctrl-q)"},
    {"env", 'e', OPTION_STRINGS, ROW(env), "NAME[=VALUE]", "Set a variable, or pass this shell's on"},
    {"env-file", 0, OPTION_STRINGS, ROW(env_files), "FILE", "Set the variables of a file"},
    {"interactive", 'i', OPTION_BOOL, ROW(request.interactive), NULL, "Give it standard input"},
    {"privileged", 0, OPTION_BOOL, ROW(request.privileged), NULL,
     "All powers within the container's user namespace"},
    {"tty", 't', OPTION_BOOL, ROW(request.tty), NULL, "Give it a terminal"},
    {"user", 'u', OPTION_STRING, ROW(request.user), "USER[:GROUP]", "User inside, by name or id"},
    {"workdir", 'w', OPTION_STRING, ROW(request.workdir), "PATH", "Working folder inside"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_exec_flags, NULL};

const struct command cmd_exec = {
    .name = "exec",
    .usage = "[OPTIONS] CONTAINER COMMAND [ARG...]",
    .summary = "Run a command in a container that runs",
    .notes = "Exit code: the command's; 125 when unroot failed, 126 when the command cannot be executed,\n"
             "127 when it is not there, 128 + N when signal N ended it.",
    .options = {.tables = tables, .absent = absent, .stop_at_positional = true},
    .options_size = sizeof(struct exec_options),
    .min_args = 2,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .failure_code = EXIT_USAGE,
    .check = check,
    .run = run,
};
