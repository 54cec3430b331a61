/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* --filter KEY=VALUE: values of one key are alternatives, different keys must all hold (docker's rule). */
#include "base/failure.h"
#include "base/strings.h"

#include <stdbool.h>

struct filter_key {
    const char *name;
    /* Whether `object` (what the command lists) has it. NULL: known to docker, not there yet. */
    bool (*match)(const void *object, const char *value);
    /* Words that are allowed, NULL-terminated; NULL: any. */
    const char *const *words;
};

/* Checks KEY=VALUE of each against the table (ending with a NULL name). -EINVAL, -ENOTSUP with the sentence.
 */
int filters_check(const struct filter_key *keys, const struct strings *filters,
                  struct failure *failure) must_check;
/* For filters that were checked. */
bool filters_match(const struct filter_key *keys, const struct strings *filters, const void *object);

/* A value against a name as docker does it: an extended regular expression that may match anywhere. */
bool filter_match_pattern(const char *string, const char *pattern);
/* "name" or "name=value" against NAME=VALUE items. */
bool filter_match_label(const struct strings *labels, const char *value);
