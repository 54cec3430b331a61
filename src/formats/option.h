/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Command line options as tables: each row binds a flag to a member of the command's own options struct.
 * Spelling is docker's (spf13/pflag): --flag value, --flag=value, --switch=false, -it, -eNAME=V, -e=NAME=V,
 * and "--" ends them. */
#include "base/failure.h"
#include "base/strings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_BOOL,     /* bool */
    OPTION_TRISTATE, /* int: -1 not given, 0, 1 */
    OPTION_STRING,   /* char *, owned; the last one wins */
    OPTION_STRINGS,  /* struct strings: each occurrence appends */
    OPTION_U32,      /* uint32_t */
    OPTION_U64,      /* uint64_t */
    OPTION_I64,      /* int64_t, with a sign */
    OPTION_INT,      /* int, with a sign */
    OPTION_SIZE,     /* uint64_t bytes, with docker's units */
};

struct option {
    const char *name; /* long name without dashes; NULL ends a table */
    char letter;      /* 0: no short form */
    enum option_kind kind;
    size_t offset;     /* of the member in the options struct */
    const char *value; /* what the help calls the value; NULL for switches */
    const char *help;  /* NULL: a second spelling, not listed */
};

#define OPTION(type, member) offsetof(type, member)

struct option_set {
    const struct option *const *tables; /* NULL-terminated list of tables */
    /* Long names that docker or podman know and we do not yet: lists, each NULL-terminated; or NULL. */
    const char *const *const *absent;
    bool single_dash_names; /* -name is --name where there is no such row of letters, as Go's flags have it */
    bool stop_at_positional; /* what follows the first positional belongs to the payload */
};

struct arguments {
    int count;
    char **items; /* lent */
};

/* Parses the flags among `arguments` into `options` and takes them out: the positionals are left, in their
 * order. 0; 1: --help stood there (or -h, where no option has that letter); -EINVAL: usage, the sentence in
 * `failure` is without the command's name; -ENOTSUP: a flag of `absent`; -ENOMEM. */
int options_parse(const struct option_set *set, struct arguments *arguments, void *options,
                  struct failure *failure) must_check;
/* Frees what options_parse() made in `options`. */
void options_free(const struct option_set *set, void *options);
/* The row of a long name or NULL. */
const struct option *option_find(const struct option_set *set, const char *name, size_t length);
/* Lists every long name that a person may mean (absent ones not), for suggestions and completion. */
int options_names(const struct option_set *set, struct strings *ret_names) must_check;
