/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A list of strings that owns its items; items is NULL-terminated as execve(2) wants it. */
#include "base/ownership.h"

#include <stdbool.h>
#include <stddef.h>

struct strings {
    char **items; /* NULL when empty */
    size_t count;
    size_t capacity;
};

#define autostrings __attribute__((cleanup(strings_free)))

/* Appends a copy. 0 or -ENOMEM. */
int strings_add(struct strings *s, const char *item) must_check;
/* Appends `item` itself, which must come from malloc(3); it is freed when -ENOMEM is returned, also for NULL.
 */
int strings_add_taken(struct strings *s, char *item) must_check;
int strings_addf(struct strings *s, const char *format, ...) printf_like(2, 3) must_check;
int strings_copy(struct strings *to, const struct strings *from) must_check;
bool strings_contain(const struct strings *s, const char *item);
/* Sets NAME=VALUE in an environment list: replaces the item with the same NAME or appends. */
int strings_set_variable(struct strings *s, const char *assignment) must_check;
/* VALUE of NAME in an environment list, or NULL; lent. */
const char *strings_get_variable(const struct strings *s, const char *name);
/* By the bytes of what stands before the first '=' (the whole item without one), then of the rest. */
void strings_sort(struct strings *s);
void strings_free(struct strings *s);

static inline bool streq(const char *a, const char *b)
{
    return a == b || (a && b && __builtin_strcmp(a, b) == 0);
}

/* What follows `prefix` in `string`, or NULL when it does not begin with it; lent. */
static inline const char *string_after(const char *string, const char *prefix)
{
    size_t n = __builtin_strlen(prefix);
    return __builtin_strncmp(string, prefix, n) == 0 ? string + n : NULL;
}
