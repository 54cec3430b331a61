/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Findings that somebody accepts: a comment in the judged file,
 *     # unroot:ignore NR102,NR203 the reason in words until=2027-01-31
 * on the line of the finding or on the comment lines above it; unroot:ignore-file holds for the whole file.
 * Without a reason it does not count and is a complaint; one that is over or that nothing needed is a remark.
 */
#include "audit/result.h"

/* Whether the text has any. */
bool suppress_is_in(const char *data);
/* `today`: "YYYY-MM-DD"; NULL: nothing is over. Applies what stands in `data` to the findings of `file`. */
void suppress_apply(struct audit_result *r, const char *file, const char *data, const char *today);
