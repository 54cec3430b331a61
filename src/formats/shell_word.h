/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Word expansion as a Dockerfile has it (BuildKit's shell lexer): quotes, the escape character, $NAME,
 * ${NAME} and ${NAME:-w} ${NAME-w} ${NAME:+w} ${NAME+w} ${NAME:?w} ${NAME?w} ${NAME#p} ${NAME##p} ${NAME%p}
 * ${NAME%%p}
 * ${NAME/p/w} ${NAME//p/w}. No command substitution, no brackets in patterns. */
#include "base/failure.h"
#include "base/strings.h"

#include <stdbool.h>
#include <stddef.h>

#define SHELL_WORD_SCOPES 4
#define SHELL_WORD_DEPTH_MAX 64
#define SHELL_WORD_SIZE_MAX                                                                                  \
    (1u << 20) /* a result above this is refused: variables that double each other                           \
                */

struct word_request {
    const char *word;
    char escape;                                     /* '\\' or '`'; 0 means '\\' */
    bool raw_quotes;                                 /* keep quotes in the result */
    bool raw_escapes;                                /* keep escape characters in the result */
    bool keep_unset;                                 /* leave a variable that is not set as it stands */
    const struct strings *scopes[SHELL_WORD_SCOPES]; /* NAME=VALUE lists; the first that has a name wins */
};

struct word_result {
    char *text;           /* the word, spaces kept */
    struct strings words; /* the word split at unquoted spaces, after expansion */
    struct strings unset; /* names that no scope had */
};

/* 0; -EINVAL with a sentence for a syntax error or ${X:?..}; -E2BIG too large or nested too deep; -ENOMEM. */
int shell_word_expand(const struct word_request *request, struct word_result *ret_result,
                      struct failure *failure) must_check;
void word_result_free(struct word_result *result);
#define autoword __attribute__((cleanup(word_result_free)))

/* Bytes that the white space at `p` takes (ASCII and Unicode white space), 0 when it is none. */
size_t space_width(const char *p);

/* Patterns of the expansions: * ? and \ before * ? \ } /. Both allocate *ret_text.
 * -EINVAL: a pattern with another escape. */
enum pattern_cut {
    PATTERN_PREFIX_SHORTEST,
    PATTERN_PREFIX_LONGEST,
    PATTERN_SUFFIX_SHORTEST,
    PATTERN_SUFFIX_LONGEST,
};
int pattern_trim(const char *value, const char *pattern, enum pattern_cut cut, char **ret_text) must_check;
/* Replaces the first, or with `all` every, longest match. */
int pattern_replace(const char *value, const char *pattern, const char *replacement, bool all,
                    char **ret_text) must_check;
