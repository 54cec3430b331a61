/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static int text_reserve(struct text *t, size_t extra)
{
    if (t->error != 0)
        return t->error;
    size_t needed;
    if (__builtin_add_overflow(t->length, extra, &needed) || __builtin_add_overflow(needed, 1, &needed))
        return t->error = -ENOMEM;
    if (needed <= t->capacity)
        return 0;
    size_t capacity = t->capacity ? t->capacity : 64;
    while (capacity < needed)
        if (__builtin_mul_overflow(capacity, 2, &capacity))
            return t->error = -ENOMEM;
    char *data = realloc(t->data, capacity);
    if (!data)
        return t->error = -ENOMEM;
    t->data = data;
    t->capacity = capacity;
    return 0;
}

void text_append_n(struct text *t, const void *bytes, size_t size)
{
    if (text_reserve(t, size) < 0)
        return;
    if (size > 0)
        memcpy(t->data + t->length, bytes, size);
    t->length += size;
    t->data[t->length] = '\0';
}

void text_append(struct text *t, const char *string)
{
    text_append_n(t, string, strlen(string));
}

void text_append_char(struct text *t, char c)
{
    text_append_n(t, &c, 1);
}

void text_printf(struct text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        t->error = -EINVAL;
    else if (text_reserve(t, (size_t)n) == 0) {
        (void)vsnprintf(t->data + t->length, (size_t)n + 1, format, again);
        t->length += (size_t)n;
    }
    va_end(again);
}

int text_error(const struct text *t)
{
    return t->error;
}

const char *text_peek(const struct text *t)
{
    return t->data ? t->data : "";
}

char *text_take(struct text *t)
{
    if (t->error == 0 && !t->data)
        text_append_n(t, "", 0);
    char *data = t->error == 0 ? TAKE_PTR(t->data) : NULL;
    text_free(t);
    return data;
}

void text_free(struct text *t)
{
    free(t->data);
    *t = (struct text){0};
}

void text_make_printable(char *string)
{
    for (unsigned char *p = (unsigned char *)string; *p != '\0'; p++) {
        if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f) /* C1: "\xc2\x9b" is a CSI for some terminals */
            p[0] = p[1] = '?';
        else if (*p < 0x20 || *p == 0x7f)
            *p = '?';
    }
}
