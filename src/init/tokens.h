/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Words of a configuration file. '#' at the start of a word begins a comment; '..' is literal, in ".." and
 * outside a backslash takes the next character as it is; a backslash at the end of a line joins the next one.
 */
#include "init/failure.h"

#include <stdbool.h>
#include <stddef.h>

struct token {
    char *text;
    unsigned line;   /* from 1 */
    bool quoted;     /* any part of it: never a key, a "=" or a section */
    bool line_start; /* the first one on its line */
};

struct tokens {
    struct token *items;
    size_t count;
    char *buffer; /* holds the texts */
};

/* `name` begins the messages. Fails for NUL and other control characters, an open quote, more than 4,096
 * words. */
int tokens_split(const char *name, const char *text, size_t size, struct tokens *ret_tokens,
                 struct failure *f) must_check;
void tokens_free(struct tokens *t);
