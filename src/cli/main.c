/* SPDX-License-Identifier: Apache-2.0 */
/* The program `unroot`: reads the global options, finds the command, has its options read and runs it. */
#include "cli/command.h"
#include "cli/help.h"
#include "cli/say.h"
#include "cli/session.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct global_options {
    char *root, *runroot;
    bool debug, version;
};

#define ROW(member) OPTION(struct global_options, member)
static const struct option global_rows[] = {
    {"debug", 'D', OPTION_BOOL, ROW(debug), NULL, "Tell more about a failure and how long the command took"},
    {"root", 0, OPTION_STRING, ROW(root), "DIR", "Where images, containers and volumes are kept"},
    {"runroot", 0, OPTION_STRING, ROW(runroot), "DIR", "Where the state of running containers is kept"},
    {"version", 'v', OPTION_BOOL, ROW(version), NULL, "Print the version"},
    {NULL},
};
static const struct option *const global_tables[] = {global_rows, NULL};
static const struct option_set global_set = {.tables = global_tables, .stop_at_positional = true};

static int check_arguments(const struct cli *cli, const struct arguments *arguments)
{
    const struct command *c = cli->command;
    if (arguments->count >= c->min_args && (c->max_args == ANY_NUMBER || arguments->count <= c->max_args))
        return 0;
    const char *bound = c->min_args == c->max_args       ? ""
                        : arguments->count < c->min_args ? "at least "
                                                         : "at most ";
    int wanted = arguments->count < c->min_args ? c->min_args : c->max_args;
    if (wanted == 0)
        return say_usage(cli, "takes no arguments, but \"%s\" stands there", arguments->items[0]);
    return say_usage(cli, "needs %s%d argument%s: %s %s", bound, wanted, wanted == 1 ? "" : "s", cli->name,
                     c->usage);
}

static int run_with_options(struct cli *cli, void *options, struct arguments *arguments)
{
    const struct command *c = cli->command;
    struct failure failure = {0};
    int r = options_parse(&c->options, arguments, options, &failure);
    if (r == 1) {
        help_print_command(c);
        return 0;
    }
    if (r < 0)
        return say_usage(cli, "%s", failure.text);
    int code = check_arguments(cli, arguments);
    if (code == 0 && c->check)
        code = c->check(cli, options, arguments);
    if (code != 0)
        return code;
    if (!c->needs_engine)
        return c->run(cli, options, arguments);
    code = session_open(cli);
    if (code == 0)
        code = c->run(cli, options, arguments);
    session_close(cli);
    return code;
}

static int run_command(struct cli *cli, struct arguments *arguments)
{
    const struct command *c = cli->command;
    autofree void *options = calloc(1, c->options_size ? c->options_size : 1);
    if (!options) {
        say(cli, "out of memory");
        return EXIT_USAGE;
    }
    if (c->defaults)
        memcpy(options, c->defaults, c->options_size);
    int code = run_with_options(cli, options, arguments);
    options_free(&c->options, options);
    return code;
}

/* arguments: COMMAND .. ; the words that name the command are replaced by the flag that an alias stands for.
 */
static int dispatch(struct cli *cli, struct arguments *arguments)
{
    struct command_match match;
    struct failure failure = {0};
    bool help = streq(arguments->items[0], "help");
    if (help && arguments->count == 1) {
        help_print_program(&global_set);
        return 0;
    }
    if (help) {
        arguments->items++;
        arguments->count--;
    }
    int r = command_find(arguments->count, arguments->items, &match, &failure);
    if (r < 0)
        return say_usage(cli, "%s", failure.text);
    if (match.group) {
        help_print_group(match.group);
        return help || arguments->count > 1 ? 0 : EXIT_USAGE;
    }
    if (help) {
        help_print_command(match.command);
        return 0;
    }
    autofree char *name = NULL;
    if (asprintf(&name, "unroot %s", match.command->name) < 0)
        return say_failure(cli, &(struct failure){.error = -ENOMEM});
    cli->name = name;
    cli->command = match.command;
    arguments->items += match.words;
    arguments->count -= match.words;
    if (match.flag) { /* there is room: at least one word was taken away */
        *--arguments->items = (char *)match.flag;
        arguments->count++;
    }
    int code = run_command(cli, arguments);
    code = finish_output(cli, code);
    cli->name = "unroot";
    return code;
}

static int run_program(struct cli *cli, struct global_options *global, struct arguments *arguments)
{
    struct failure failure = {0};
    int r = options_parse(&global_set, arguments, global, &failure);
    if (r < 0)
        return say_usage(cli, "%s", failure.text);
    if (global->version) {
        printf("unroot version %s\n", UNROOT_VERSION);
        return 0;
    }
    if (r == 1 || arguments->count == 0) {
        help_print_program(&global_set);
        return r == 1 ? 0 : EXIT_USAGE;
    }
    cli->root = global->root;
    cli->runroot = global->runroot;
    cli->debug = global->debug;
    return dispatch(cli, arguments);
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
        return 0;
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

int main(int argc, char **argv)
{
    /* A command lives for milliseconds: memory given back and taken anew costs it more than keeping it. */
    (void)mallopt(M_TOP_PAD, 256 * 1024);
    (void)mallopt(M_TRIM_THRESHOLD, 4096 * 1024);
    struct timespec start = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &start); /* only for --debug */
    struct cli cli = {.name = "unroot"};
    struct global_options global = {0};
    struct arguments arguments = {argc - 1, argv + 1};
    int code = argc < 1 ? EXIT_USAGE : run_program(&cli, &global, &arguments);
    options_free(&global_set, &global);
    if (cli.debug)
        say(&cli, "debug: exit code %d after %.1f ms", code, seconds_since(&start) * 1000);
    return finish_output(&cli, code);
}
