/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A piece of a text that someone else owns: passwd, group and configuration files are read without copying.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *data;
    size_t length;
};

static inline struct span span_of(const char *string)
{
    return (struct span){string, strlen(string)};
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static inline bool span_is(struct span s, const char *string)
{
    return span_equal(s, span_of(string));
}

/* Cuts what stands before the first `separator` off `rest` (the whole rest when there is none) and returns
 * it. After the last piece rest->data is NULL, so `while (rest.data)` sees every piece once, empty ones too.
 */
struct span span_cut(struct span *rest, char separator);
bool span_contains(struct span s, char c);

/* Decimal digits only, no sign, no space, 0..max. -EINVAL: something else (or empty); -ERANGE: too large. */
int span_number(struct span s, uint64_t max, uint64_t *ret_value) __attribute__((warn_unused_result));
/* True for one or more decimal digits and nothing else. */
bool span_is_digits(struct span s);
/* Copies into a fixed buffer with a NUL; false (and an empty string) when it does not fit. */
bool span_copy(struct span s, char *ret_buffer, size_t size);
