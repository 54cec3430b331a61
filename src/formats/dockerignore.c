/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/dockerignore.h"

#include "base/ownership.h"
#include "base/strings.h"
#include "base/text.h"
#include "formats/shell_word.h"

#include <errno.h>
#include <string.h>

#define RULES_MAX 10000

/* Go's filepath.Clean for a pattern, without the leading slash: "./a//b/../c/" is "a/c". */
static char *clean_pattern(const char *p, size_t length)
{
    autostrings struct strings elements = {0};
    autotext struct text out = {0};
    const char *end = p + length;
    while (p < end) {
        const char *slash = memchr(p, '/', (size_t)(end - p));
        size_t n = slash ? (size_t)(slash - p) : (size_t)(end - p);
        bool up = n == 2 && p[0] == '.' && p[1] == '.';
        if (up && elements.count > 0 && !streq(elements.items[elements.count - 1], "..")) {
            free(elements.items[--elements.count]);
            elements.items[elements.count] = NULL;
        } else if (n > 0 && !(n == 1 && p[0] == '.') && strings_add_taken(&elements, strndup(p, n)) < 0) {
            return NULL;
        }
        p += n + 1;
    }
    for (size_t i = 0; i < elements.count; i++)
        text_printf(&out, "%s%s", i ? "/" : "", elements.items[i]);
    return text_take(&out);
}

/* One character of `value` against the class at `*p` (behind its bracket); moves *p behind the class. Pattern
 * errors were found when the file was read. */
static bool match_class(const char **p, char c)
{
    bool negated = **p == '^', found = false;
    *p += negated;
    for (bool first = true; **p != ']' || first; first = false) {
        if (**p == '\\')
            ++*p;
        if (**p == '\0')
            return false;
        unsigned char low = (unsigned char)*(*p)++, high = low;
        if (**p == '-' && (*p)[1] != ']' && (*p)[1] != '\0') {
            ++*p;
            if (**p == '\\' && (*p)[1] != '\0')
                ++*p;
            high = (unsigned char)*(*p)++;
        }
        found = found || ((unsigned char)c >= low && (unsigned char)c <= high);
    }
    ++*p;
    return found != negated;
}

/* One character of the path against the pattern at *p, which is moved behind what was compared. */
static bool match_character(const char **p, const char *s)
{
    if (**p == '?') {
        ++*p;
        return *s != '/';
    }
    if (**p == '[') {
        ++*p;
        return match_class(p, *s) && *s != '/';
    }
    *p += **p == '\\' && (*p)[1] != '\0';
    return **p != '\0' && *(*p)++ == *s;
}

static size_t character_width(const char *s)
{
    size_t n = 1;
    while ((unsigned char)*s >= 0xC0 && ((unsigned char)s[n] & 0xC0) == 0x80)
        n++;
    return n;
}

/* Where a pattern may go on after a mismatch: behind its last * and behind its last double star. */
struct retreat {
    const char *star, *star_at, *deep, *deep_at;
};

static bool retreat_take(struct retreat *r, const char **p, const char **s)
{
    if (r->star && *r->star_at != '\0' && *r->star_at != '/') {
        *p = r->star;
        *s = ++r->star_at;
        return true;
    }
    const char *slash = r->deep ? strchr(r->deep_at, '/') : NULL;
    if (!slash)
        return false;
    *r = (struct retreat){.deep = r->deep, .deep_at = slash + 1};
    *p = r->deep;
    *s = slash + 1;
    return true;
}

/* Whether the pattern matches the path or a folder above it. Only the last stars are tried again. */
static bool match_path(const char *p, const char *s)
{
    struct retreat retreat = {0};
    for (;;) {
        if (*p == '\0' && (*s == '\0' || *s == '/'))
            return true;
        if (p[0] == '*' && p[1] == '*') {
            p += 2;
            p += *p == '/';
            if (*p == '\0')
                return true;
            retreat = (struct retreat){.deep = p, .deep_at = s};
            continue;
        }
        if (*p == '*') {
            retreat.star = ++p;
            retreat.star_at = s;
            continue;
        }
        bool wide = *p == '?' || *p == '[';
        if (*p != '\0' && *s != '\0' && match_character(&p, s))
            s += wide ? character_width(s) : 1;
        else if (!retreat_take(&retreat, &p, &s))
            return false;
    }
}

/* A double star inside an element ("a**b") may stand for nothing or for anything up to a slash. */
static bool has_inner_double_star(const char *pattern)
{
    for (const char *p = strstr(pattern, "**"); p; p = strstr(p + 2, "**"))
        if (p > pattern && p[-1] != '/')
            return true;
    return false;
}

#define LOOSE_PATH_MAX 4096

/* As match_path(), with the set of all positions that the pattern so far can reach: for the rare inner double
 * star, where the last stars alone do not decide. */
static bool match_loose(const char *p, const char *s)
{
    char now[LOOSE_PATH_MAX + 1] = {1}, next[LOOSE_PATH_MAX + 1];
    size_t size = strlen(s);
    if (size > LOOSE_PATH_MAX)
        return false;
    while (*p != '\0') {
        bool deep = p[0] == '*' && p[1] == '*', star = p[0] == '*' && !deep, spreading = false;
        const char *start = p;
        p += deep ? 2 : star;
        p += deep && *p == '/';
        if (deep && *p == '\0')
            return memchr(now, 1, size + 1) != NULL;
        memset(next, 0, sizeof(next));
        for (size_t i = 0; i <= size; i++) {
            if (deep || star) {
                next[i] = now[i] || (spreading && (star || (i > 0 && s[i - 1] == '/')));
                spreading = (spreading || now[i]) && !(star && s[i] == '/');
            } else if (now[i] && i < size) {
                const char *q = start;
                if (match_character(&q, s + i))
                    next[i + (*start == '?' || *start == '[' ? character_width(s + i) : 1)] = 1;
            }
        }
        if (!deep && !star)
            (void)match_character(&p, "/"); /* only moves p */
        memcpy(now, next, sizeof(now));
    }
    for (size_t i = 0; i <= size; i++)
        if (now[i] && (s[i] == '\0' || s[i] == '/'))
            return true;
    return false;
}

static bool rule_matches(const struct dockerignore_rule *rule, const char *path)
{
    return has_inner_double_star(rule->pattern) ? match_loose(rule->pattern, path)
                                                : match_path(rule->pattern, path);
}

bool dockerignore_match(const struct dockerignore *ignore, const char *path)
{
    bool ignored = false;
    for (size_t i = 0; i < ignore->count; i++)
        if (ignored == ignore->rules[i].excluded && rule_matches(&ignore->rules[i], path))
            ignored = !ignore->rules[i].excluded;
    return ignored;
}

bool dockerignore_skips_folder(const struct dockerignore *ignore, const char *path)
{
    size_t length = strlen(path);
    if (!dockerignore_match(ignore, path))
        return false;
    for (size_t i = 0; i < ignore->count; i++) {
        const struct dockerignore_rule *rule = &ignore->rules[i];
        if (!rule->excluded)
            continue;
        /* Anything with a wildcard may take back something below; else only what lies below by name. */
        if (strpbrk(rule->pattern, "*?[\\") ||
            (strncmp(rule->pattern, path, length) == 0 && rule->pattern[length] == '/'))
            return false;
    }
    return true;
}

/* Brackets that close, an escape that escapes something (Go's filepath.Match ErrBadPattern). */
static bool pattern_is_valid(const char *p)
{
    for (; *p != '\0'; p++) {
        if (*p == '\\' && *++p == '\0')
            return false;
        if (*p != '[')
            continue;
        p += 1 + (p[1] == '^');
        for (bool first = true; *p != ']' || first; first = false, p++) {
            if (*p == '\\')
                p++;
            if (*p == '\0')
                return false;
        }
    }
    return true;
}

static int add_rule(struct dockerignore *ignore, char *pattern, bool excluded)
{
    autofree char *owned = pattern;
    struct dockerignore_rule *grown = reallocarray(ignore->rules, ignore->count + 1, sizeof(*grown));
    if (!grown || !owned)
        return -ENOMEM;
    ignore->rules = grown;
    grown[ignore->count++] = (struct dockerignore_rule){TAKE_PTR(owned), excluded};
    ignore->has_exceptions = ignore->has_exceptions || excluded;
    return 0;
}

struct ignore_line {
    const char *name;
    unsigned line;
    struct report *report;
};

static int line_error(const struct ignore_line *at, const char *rule, const char *sentence)
{
    autofree char *place = NULL;
    if (asprintf(&place, "%s:%u:1", at->name, at->line) < 0)
        place = NULL;
    if (at->report)
        (void)report_add(at->report, place ? place : at->name, rule, "%s", sentence);
    return -EINVAL;
}

static int read_line(struct dockerignore *ignore, const struct ignore_line *at, const char *p, size_t length)
{
    if (length > 0 && p[0] == '#')
        return 0;
    while (length > 0 && space_width(p) == 1) {
        p++;
        length--;
    }
    while (length > 0 && space_width(p + length - 1) == 1)
        length--;
    if (length == 0)
        return 0;
    bool excluded = p[0] == '!';
    const char *end = p + length;
    for (p += excluded; p < end && space_width(p) == 1;)
        p++;
    if (p == end)
        return line_error(at, "dockerignore/exclusion", "illegal exclusion pattern: \"!\"");
    autofree char *pattern = clean_pattern(p, (size_t)(end - p));
    if (!pattern)
        return -ENOMEM;
    if (pattern[0] == '\0') /* "." and "/": docker takes them for nothing */
        return 0;
    if (!pattern_is_valid(pattern))
        return line_error(at, "dockerignore/pattern", "syntax error in pattern");
    if (ignore->count >= RULES_MAX)
        return line_error(at, "dockerignore/too-large", "more than 10000 rules");
    return add_rule(ignore, TAKE_PTR(pattern), excluded);
}

int dockerignore_parse(const char *name, const char *data, size_t size, struct report *report,
                       struct dockerignore *ret_ignore)
{
    autodockerignore struct dockerignore ignore = {0};
    struct ignore_line at = {name, 0, report};
    size_t i = size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    int result = 0;
    while (i < size) {
        const char *end = memchr(data + i, '\n', size - i);
        size_t length = end ? (size_t)(end - data) - i : size - i;
        at.line++;
        autofree char *line = strndup(data + i, length);
        int r = !line                    ? -ENOMEM
                : strlen(line) != length ? line_error(&at, "dockerignore/binary", "a NUL byte")
                                         : read_line(&ignore, &at, line, length);
        if (r == -ENOMEM)
            return r;
        result = r < 0 ? r : result;
        i += length + 1;
    }
    if (result < 0)
        return result;
    *ret_ignore = ignore;
    ignore = (struct dockerignore){0};
    return 0;
}

void dockerignore_free(struct dockerignore *ignore)
{
    for (size_t i = 0; i < ignore->count; i++)
        free(ignore->rules[i].pattern);
    free(ignore->rules);
    *ignore = (struct dockerignore){0};
}
