/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Command lines by table. Options end at the first word that is not one, or behind "--". */
#include "init/failure.h"

#include <stdbool.h>
#include <stddef.h>

struct option_row {
    int letter;        /* 'g', or 0 for a long name alone */
    const char *name;  /* "group", or NULL for a letter alone */
    const char *value; /* what the value is called in the help; NULL for an option without one */
    int id;            /* what options_next() returns; above 0 */
    const char *help;  /* one line; NULL: accepted, not shown */
};

struct options {
    const char *program; /* begins the messages of the help */
    const struct option_row *rows;
    size_t row_count;
    char **words;        /* what is left; moved on by options_next() */
    const char *cluster; /* inside "-abc" */
    bool ended_by_dashes;
};

/* The next option's id with its value (NULL when it takes none), 0 behind the last one (words are the rest,
 * "--" taken off), -EINVAL with the failure. Forms: -x VALUE, -xVALUE, --name VALUE, --name=VALUE, -abc. */
int options_next(struct options *o, const char **ret_value, struct failure *f) must_check;
/* "  -g, --group      text" for each row, on standard output. */
void options_print(const struct option_row *rows, size_t count);
