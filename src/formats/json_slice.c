/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/json_slice.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct slice {
    const char *at, *end;
};

static void skip_space(struct slice *s)
{
    while (s->at < s->end && strchr(" \t\r\n", *s->at) && *s->at != '\0')
        s->at++;
}

static void skip_string(struct slice *s)
{
    for (s->at++; s->at < s->end && *s->at != '"'; s->at++)
        if (*s->at == '\\')
            s->at++;
    s->at++;
}

/* Brackets are counted, not matched: the document is known to be well formed. */
static void skip_value(struct slice *s)
{
    size_t depth = 0;
    while (s->at < s->end) {
        char c = *s->at;
        if (c == '"') {
            skip_string(s);
            if (depth == 0)
                return;
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            return;
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        s->at++;
        if (depth == 0 && (c == '}' || c == ']'))
            return;
    }
}

static bool find_member(struct slice *s, const char *name)
{
    size_t length = strlen(name);
    skip_space(s);
    if (s->at >= s->end || *s->at != '{')
        return false;
    s->at++;
    for (;;) {
        skip_space(s);
        if (s->at >= s->end || *s->at != '"')
            return false;
        const char *key = s->at + 1;
        skip_string(s);
        bool found = (size_t)(s->at - 1 - key) == length && memcmp(key, name, length) == 0;
        skip_space(s);
        s->at++; /* ':' */
        skip_space(s);
        if (found)
            return s->at < s->end;
        skip_value(s);
        skip_space(s);
        if (s->at >= s->end || *s->at != ',')
            return false;
        s->at++;
    }
}

int json_slice(const char *data, size_t size, const char *const *names, const char **ret_value,
               size_t *ret_size)
{
    struct slice s = {data, data + size};
    for (; *names; names++)
        if (!find_member(&s, *names))
            return -ENOENT;
    const char *value = s.at;
    skip_value(&s);
    if (s.at > s.end)
        return -ENOENT;
    *ret_value = value;
    *ret_size = (size_t)(s.at - value);
    return 0;
}
