/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stddef.h>

/* "Did you mean": the candidate with the smallest edit distance to `word`, or NULL when none is near (more
 * than a third of the word's length apart, or both over 63 characters). Lent from `candidates`. */
const char *closest_word(const char *word, const char *const *candidates, size_t count);
