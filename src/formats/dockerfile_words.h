/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Internal to formats/dockerfile*.c: how an instruction's line falls apart. All: 0 or -ENOMEM unless told. */
#include "base/strings.h"

#include <stdbool.h>

/* At spaces outside quotes; quotes and escape characters stay in the words. */
int words_split_quoted(const char *line, char escape, struct strings *words) must_check;
/* At runs of blanks, without regard to quotes. */
int words_split_blank(const char *line, struct strings *words) must_check;
/* Splits "--a=b --c rest": the flags without their quotes, *ret_rest points into `line`. */
int words_take_flags(const char *line, struct strings *flags, const char **ret_rest) must_check;
/* 1: `line` is a JSON array of strings and `words` has them; 0: it is no JSON array; -EINVAL: an array with
 * something else in it; -ENOMEM. */
int words_parse_json(const char *line, struct strings *words) must_check;
/* `line` without white space at both ends; NULL: no memory. */
char *words_trim(const char *line) must_check;
/* Blanks that separate (tab, vertical tab, form feed, carriage return, space). */
bool word_blank(char c);
