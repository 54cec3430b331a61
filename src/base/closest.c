/* SPDX-License-Identifier: Apache-2.0 */
#include "base/closest.h"

#include <string.h>

#define CLOSEST_LENGTH 63

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein distance with one row; both words are at most CLOSEST_LENGTH long. */
static size_t word_distance(const char *a, const char *b)
{
    size_t row[CLOSEST_LENGTH + 1];
    size_t length_b = strlen(b);
    for (size_t j = 0; j <= length_b; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t above = row[j];
            row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[length_b];
}

const char *closest_word(const char *word, const char *const *candidates, size_t count)
{
    const char *best = NULL;
    size_t length = strlen(word), best_distance = length < 3 ? 2 : length / 3 + 2;
    if (length == 0 || length > CLOSEST_LENGTH)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (strlen(candidates[i]) > CLOSEST_LENGTH)
            continue;
        size_t distance = word_distance(word, candidates[i]);
        if (distance < best_distance) {
            best = candidates[i];
            best_distance = distance;
        }
    }
    return best;
}
