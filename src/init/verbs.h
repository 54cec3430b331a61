/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The words that are commands of ours when they stand first: up, own, check, ctl, explain. */
#include "init/failure.h"

struct verb {
    const char *name;
    /* `words` are the arguments behind the verb. The exit status, or a negative errno with the failure. */
    int (*run)(char **words, char *const *environment, struct failure *f);
};

/* NULL: no verb. An account of such a name is given as a number, or behind an option. */
const struct verb *verb_find(const char *word);

int own_run(char **words, char *const *environment, struct failure *f);
int up_run(char **words, char *const *environment, struct failure *f);
int check_run(char **words, char *const *environment, struct failure *f);
int ctl_run(char **words, char *const *environment, struct failure *f);
int explain_run(char **words, char *const *environment, struct failure *f);
