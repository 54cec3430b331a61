/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The rules about users and privileges, as data: what the auditor reports by and the runtime names when it
 * refuses. */
#include <stdbool.h>
#include <stddef.h>

enum rule_level {
    LEVEL_NOTE,
    LEVEL_WARNING,
    LEVEL_ERROR,
};

enum rule_id {
    NR101,
    NR102,
    NR103,
    NR104,
    NR105,
    NR106,
    NR107,
    NR108,
    NR109,
    NR110,
    NR111,
    NR112,
    NR113,
    NR201,
    NR202,
    NR203,
    NR204,
    NR205,
    NR206,
    NR207,
    NR208,
    NR209,
    NR301,
    NR302,
    NR303,
    NR401,
    NR402,
    NR403,
    NR501,
    NR502,
    NR503,
    NR504,
    RULE_COUNT,
};

struct rule {
    const char *name;      /* "NR101" */
    enum rule_level level; /* unless the finding knows better */
    const char *title;     /* the condition, one line, no full stop */
    const char *fix;       /* what to do in general, one line */
    const char *explain;   /* paragraphs for --explain */
};

/* Static; never NULL for a valid id. */
const struct rule *rule_get(enum rule_id id);
/* "NR101" in either case; -ENOENT. */
int rule_find(const char *name);
/* "error"; static. */
const char *rule_level_name(enum rule_level level);
