/* SPDX-License-Identifier: Apache-2.0 */
/* Matching by sets of positions: time is pattern x value, whatever the pattern, and nothing recurses. */
#include "formats/shell_word.h"

#include "base/text.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum element_kind {
    ELEMENT_BYTE,
    ELEMENT_ANY_CHARACTER,
    ELEMENT_ANY_STRING,
};

struct element {
    enum element_kind kind;
    char byte;
};

struct pattern {
    struct element *elements;
    size_t count;
};

static int pattern_compile(const char *source, struct pattern *ret_pattern)
{
    autofree struct element *elements = calloc(strlen(source) + 1, sizeof(*elements));
    size_t n = 0;
    if (!elements)
        return -ENOMEM;
    for (const char *p = source; *p != '\0'; p++) {
        if (*p == '*')
            elements[n++].kind = ELEMENT_ANY_STRING;
        else if (*p == '?')
            elements[n++].kind = ELEMENT_ANY_CHARACTER;
        else if (*p == '\\' && (p[1] == '}' || p[1] == '/'))
            continue;
        else if (*p == '\\' && p[1] != '*' && p[1] != '?' && p[1] != '\\')
            return -EINVAL;
        else
            elements[n++] = (struct element){ELEMENT_BYTE, *p == '\\' ? *++p : *p};
    }
    *ret_pattern = (struct pattern){TAKE_PTR(elements), n};
    return 0;
}

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Moves every position in `from` over one element; a wildcard does not cross a line break. */
static void step(const struct element *e, const char *value, size_t size, const char *from, char *to)
{
    memset(to, 0, size + 1);
    bool spreading = false;
    for (size_t i = 0; i <= size; i++) {
        if (e->kind == ELEMENT_ANY_STRING) {
            spreading = spreading || from[i];
            to[i] = spreading && !continues_character(value[i]);
            if (i < size && value[i] == '\n')
                spreading = false;
        } else if (from[i] && i < size && e->kind == ELEMENT_BYTE) {
            to[i + 1] = value[i] == e->byte;
        } else if (from[i] && i < size && value[i] != '\n') {
            size_t next = i + 1;
            while (next < size && continues_character(value[next]))
                next++;
            to[next] = 1;
        }
    }
}

/* Ends of all matches that begin at `start`: `ends` has size + 1 bytes. `spare` is as large. */
static void match_ends(const struct pattern *p, const char *value, size_t size, char *ends, char *spare)
{
    memset(ends, 0, size + 1);
    ends[0] = 1;
    for (size_t i = 0; i < p->count; i++) {
        step(&p->elements[i], value, size, ends, spare);
        memcpy(ends, spare, size + 1);
    }
}

/* Length of the shortest or longest match at the beginning of `value`; -ENOENT when there is none. */
static ssize_t match_length(const struct pattern *p, const char *value, size_t size, bool longest)
{
    autofree char *ends = malloc(2 * (size + 1));
    if (!ends)
        return -ENOMEM;
    match_ends(p, value, size, ends, ends + size + 1);
    ssize_t found = -ENOENT;
    for (size_t i = 0; i <= size; i++)
        if (ends[i]) {
            found = (ssize_t)i;
            if (!longest)
                break;
        }
    return found;
}

/* Start of the shortest or longest match that ends where `value` ends: the mirror image, byte for byte. */
static ssize_t match_suffix(const struct pattern *p, const char *value, size_t size, bool longest)
{
    for (size_t n = 0; n <= size; n++) {
        size_t start = longest ? n : size - n;
        if (continues_character(value[start]))
            continue;
        autofree char *ends = malloc(2 * (size - start + 1));
        if (!ends)
            return -ENOMEM;
        match_ends(p, value + start, size - start, ends, ends + size - start + 1);
        if (ends[size - start])
            return (ssize_t)start;
    }
    return -ENOENT;
}

static void pattern_free(struct pattern *p)
{
    free(p->elements);
}

/* Patterns cost pattern x value (times value for suffixes and replacements): both are held small. */
#define PATTERN_COST_MAX (UINT64_C(1) << 28)

static bool too_costly(const struct pattern *p, size_t size, bool anchored)
{
    uint64_t cost = (uint64_t)(p->count + 1) * (size + 1);
    return cost > PATTERN_COST_MAX || (!anchored && cost * (size + 1) > PATTERN_COST_MAX);
}

int pattern_trim(const char *value, const char *source, enum pattern_cut cut, char **ret_text)
{
    __attribute__((cleanup(pattern_free))) struct pattern p = {0};
    int r = pattern_compile(source, &p);
    if (r < 0)
        return r;
    size_t size = strlen(value);
    bool prefix = cut == PATTERN_PREFIX_SHORTEST || cut == PATTERN_PREFIX_LONGEST;
    bool longest = cut == PATTERN_PREFIX_LONGEST || cut == PATTERN_SUFFIX_LONGEST;
    if (too_costly(&p, size, prefix))
        return -E2BIG;
    ssize_t at = prefix ? match_length(&p, value, size, longest) : match_suffix(&p, value, size, longest);
    if (at == -ENOMEM)
        return -ENOMEM;
    char *copy = at < 0 ? strdup(value) : prefix ? strdup(value + at) : strndup(value, (size_t)at);
    if (!copy)
        return -ENOMEM;
    *ret_text = copy;
    return 0;
}

int pattern_replace(const char *value, const char *source, const char *replacement, bool all, char **ret_text)
{
    __attribute__((cleanup(pattern_free))) struct pattern p = {0};
    int r = pattern_compile(source, &p);
    if (r < 0)
        return r;
    size_t size = strlen(value), after_match = SIZE_MAX;
    if (too_costly(&p, size, false))
        return -E2BIG;
    autotext struct text out = {0};
    bool done = false;
    for (size_t i = 0; i <= size && out.length <= SHELL_WORD_SIZE_MAX;) {
        ssize_t n =
            done || continues_character(value[i]) ? -ENOENT : match_length(&p, value + i, size - i, true);
        if (n == -ENOMEM)
            return -ENOMEM;
        /* An empty match directly behind another match is none, as in regular expressions. */
        if (n > 0 || (n == 0 && i != after_match)) {
            text_append(&out, replacement);
            done = !all;
            i += (size_t)n;
            after_match = i;
            if (n > 0)
                continue;
        }
        if (i < size)
            text_append_char(&out, value[i]);
        i++;
    }
    if (out.length > SHELL_WORD_SIZE_MAX)
        return -E2BIG;
    char *copy = text_take(&out);
    if (!copy)
        return -ENOMEM;
    *ret_text = copy;
    return 0;
}
