/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What RUN steps do to the image's accounts: useradd, adduser, addgroup, groupadd, usermod, and anything else
 * that touches /etc/passwd (then the accounts are no longer known). */
#include "audit/image_facts.h"
#include "audit/shell_script.h"

struct account_state {
    struct arena *arena;
    struct text *passwd, *group; /* lines that are known */
    struct strings *made;        /* names with a uid that is not 0 and not known */
    struct strings *created;     /* every account made here */
    bool tainted;
};

/* Carries out one command of a RUN. `scope` expands ARG and ENV in its words. */
int account_step(struct account_state *state, const struct strings *words,
                 const struct strings *const scopes[2]) must_check;
/* Whether only root can do it: package managers, account tools. */
bool command_needs_root(const struct strings *words);
