/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A command is a file cmd_VERB.c and one struct command, listed in commands.c. Help, completion and the
 * manual's list of options come from this table. */
#include "formats/option.h"

#include <stdbool.h>

struct engine;

#define EXIT_USAGE 125 /* docker's "the engine failed", also for a wrong flag */
#define ANY_NUMBER (-1)

/* What one run of the program knows; handed to every command. */
struct cli {
    const char *name; /* "unroot run", for messages */
    const struct command *command;
    struct engine *engine;      /* open when the command says needs_engine, else NULL */
    const char *root, *runroot; /* as given, or NULL */
    bool debug;
};

struct command {
    const char *name;    /* "run", "volume create": one or two words */
    const char *usage;   /* what follows the name: "[OPTIONS] IMAGE [COMMAND] [ARG...]" */
    const char *summary; /* one line, no full stop */
    const char *notes;   /* more paragraphs for --help, or NULL */
    struct option_set options;
    size_t options_size;    /* of the options struct; 0 = none */
    const void *defaults;   /* an options struct to begin with, or NULL for zeros */
    int min_args, max_args; /* max: ANY_NUMBER */
    bool needs_engine, hidden;
    int failure_code; /* exit code when the engine fails: 125 where the payload's code is passed on, else 1 */
    int usage_code;   /* exit code for a wrong command line; 0: EXIT_USAGE */
    /* What the options say together, before anything is opened: 0, or the exit code with all said. May be
     * NULL. */
    int (*check)(struct cli *cli, void *options, const struct arguments *arguments);
    /* The exit code. What option rows made in `options` is freed by the caller. */
    int (*run)(struct cli *cli, void *options, const struct arguments *arguments);
};

/* A group of verbs: "container", "image", "volume". */
struct command_group {
    const char *name, *summary;
};

/* Another spelling: "container ls" is "ps"; `flag` is put before the arguments when not NULL. */
struct command_alias {
    const char *name, *target, *flag;
};

extern const struct command *const commands[];       /* NULL-terminated, in the order of the help */
extern const struct command_group command_groups[];  /* ends with a NULL name */
extern const struct command_alias command_aliases[]; /* ends with a NULL name */
extern const char *const absent_commands[]; /* docker's and podman's, not there yet; NULL-terminated */

struct command_match {
    const struct command *command;     /* NULL: see group */
    const struct command_group *group; /* "unroot volume" with no verb behind it; NULL when command is set */
    const char *flag;                  /* to put before the arguments, or NULL */
    int words;                         /* how many words of the line named it */
};

/* The command that the words begin with. -EINVAL: unknown (with what was probably meant); -ENOTSUP: not there
 * yet. */
int command_find(int count, char *const *words, struct command_match *ret_match,
                 struct failure *failure) must_check;
