/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Changes one line of passwd or group. Pure: text in, text out. */
#include "init/accounts.h"

struct line_change {
    struct span name; /* letters, digits, '_', '-', '.', '$'; see name_is_valid() */
    uint32_t ids[2];  /* passwd: uid and gid; group: gid */
    size_t id_count;  /* 2 for passwd, 1 for group: the fields from the third on */
    const char *rest; /* what follows the ids in a line that is not there yet, from its ':' on */
};

struct rewrite {
    struct span text; /* the caller frees .data */
    bool changed;
    bool taken; /* another line has the first id: ours was put at the top of the file, so it is found first */
    char taken_by[64];
};

/* The first line with the name gets the ids and stays where it is, or moves to the top when the first id is
 * another line's; a name without a line gets one. Every other line, also one that is no account line, keeps
 * its bytes and its place. Doing it twice changes nothing. 0, -EINVAL for a bad name, or -ENOMEM. */
int accounts_rewrite(struct span text, const struct line_change *change,
                     struct rewrite *ret_rewrite) must_check;
bool account_name_is_valid(struct span name);
