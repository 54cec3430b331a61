/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* .dockerignore as moby/patternmatcher has it: * ? [] within one path element, ** over elements, ! takes
 * back, the last rule that matches wins, a rule also matches everything below. */
#include "base/report.h"

#include <stdbool.h>
#include <stddef.h>

struct dockerignore_rule {
    char *pattern; /* cleaned: no leading or trailing slash, no "." or ".." elements left to remove */
    bool excluded; /* began with !: what matches is not ignored */
};

struct dockerignore {
    struct dockerignore_rule *rules;
    size_t count;
    bool has_exceptions; /* a rule with !: a folder that is ignored must still be walked */
};

#define autodockerignore __attribute__((cleanup(dockerignore_free)))

/* Findings: a lone "!", a pattern that cannot be matched ("a[" ). -EINVAL, -ENOMEM. */
int dockerignore_parse(const char *name, const char *data, size_t size, struct report *report,
                       struct dockerignore *ret_ignore) must_check;
void dockerignore_free(struct dockerignore *ignore);

/* Whether `path` (relative to the context, no leading slash, elements between single slashes) is ignored; a
 * folder that a rule names ignores all below it. */
bool dockerignore_match(const struct dockerignore *ignore, const char *path);
/* Whether nothing below the ignored folder `path` can be taken back, so that it need not be walked. */
bool dockerignore_skips_folder(const struct dockerignore *ignore, const char *path);
