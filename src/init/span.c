/* SPDX-License-Identifier: Apache-2.0 */
#include "init/span.h"

#include <errno.h>

struct span span_cut(struct span *rest, char separator)
{
    struct span piece = *rest;
    const char *end = rest->length ? memchr(rest->data, separator, rest->length) : NULL;
    if (end) {
        piece.length = (size_t)(end - rest->data);
        rest->length -= piece.length + 1;
        rest->data = end + 1;
    } else {
        *rest = (struct span){NULL, 0};
    }
    return piece;
}

bool span_contains(struct span s, char c)
{
    return s.length > 0 && memchr(s.data, c, s.length) != NULL;
}

bool span_is_digits(struct span s)
{
    for (size_t i = 0; i < s.length; i++)
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
    return s.length > 0;
}

int span_number(struct span s, uint64_t max, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (!span_is_digits(s))
        return -EINVAL;
    for (size_t i = 0; i < s.length; i++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.data[i] - '0'), &value) || value > max)
            return -ERANGE;
    *ret_value = value;
    return 0;
}

bool span_copy(struct span s, char *ret_buffer, size_t size)
{
    ret_buffer[0] = '\0';
    if (s.length >= size)
        return false;
    if (s.length > 0)
        memcpy(ret_buffer, s.data, s.length);
    ret_buffer[s.length] = '\0';
    return true;
}
