/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A growing string. Running out of memory is remembered, not returned at each call: check text_error() once.
 */
#include "base/ownership.h"

#include <stddef.h>

struct text {
    char *data; /* NUL-terminated when not NULL */
    size_t length;
    size_t capacity;
    int error; /* -ENOMEM once an allocation failed; later appends do nothing */
};

#define autotext __attribute__((cleanup(text_free)))

void text_append(struct text *t, const char *string);
void text_append_n(struct text *t, const void *bytes, size_t size);
void text_append_char(struct text *t, char c);
void text_printf(struct text *t, const char *format, ...) printf_like(2, 3);
/* 0 or -ENOMEM. */
int text_error(const struct text *t) must_check;
/* What was built, "" when nothing was; lent until the next append. */
const char *text_peek(const struct text *t);
/* What was built; the caller frees it. NULL when memory ran out. The text is empty afterwards. */
char *text_take(struct text *t) must_check;
void text_free(struct text *t);
/* Control characters (C0, DEL, and C1 as UTF-8 has them) become '?', in place: what an image or a file calls
 * itself is printed to a terminal and must not steer it. */
void text_make_printable(char *string);
