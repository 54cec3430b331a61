/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The mechanical fixes of a result, applied to files: whole lines are put in or replaced, everything else
 * stays byte for byte. */
#include "audit/result.h"
#include "base/failure.h"
#include "base/text.h"

struct fix_plan {
    const char *file;
    const struct edit **edits; /* in the arena of the result; by line, not overlapping */
    size_t count;
};

struct fix_plans {
    struct fix_plan *items;
    size_t count;
};

/* Gathers the edits of findings that count, by file. Of two that touch the same line the first wins. 0 or
 * -ENOMEM. */
int fix_gather(struct audit_result *r, struct fix_plans *ret_plans) must_check;
/* The file's text after the edits; line ends as the file has them. */
int fix_apply(const struct fix_plan *plan, const char *data, struct text *ret_text) must_check;
/* A unified diff of them. */
int fix_diff(const struct fix_plan *plan, const char *data, struct text *out) must_check;
/* Replaces the file: a new one beside it with its owner and mode, then rename(2). A symbolic link is refused.
 */
int fix_write(const char *file, const struct text *text, struct failure *failure) must_check;
