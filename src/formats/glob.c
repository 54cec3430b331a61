/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/glob.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

bool glob_is_pattern(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\\' && p[1] != '\0')
            p++;
        else if (*p == '*' || *p == '?' || *p == '[')
            return true;
    }
    return false;
}

/* One character; a byte that is no UTF-8 stands for itself, above all characters. */
static uint32_t take_character(const char **p)
{
    const unsigned char *s = (const unsigned char *)*p;
    unsigned more = s[0] >= 0xF0 ? 3 : s[0] >= 0xE0 ? 2 : s[0] >= 0xC2 ? 1 : 0;
    uint32_t c = more ? s[0] & (0x3Fu >> more) : s[0];
    for (unsigned i = 1; i <= more; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            more = 0;
            c = s[0];
            break;
        }
        c = c << 6 | (s[i] & 0x3Fu);
    }
    *p += 1 + more;
    return s[0] >= 0x80 && more == 0 ? 0x110000u + s[0] : c;
}

/* A character of a class, escaped or not. -EINVAL: it is none. */
static int take_class_character(const char **p, uint32_t *ret_character)
{
    if (**p == '\0' || **p == '-' || **p == ']')
        return -EINVAL;
    if (**p == '\\' && *++*p == '\0')
        return -EINVAL;
    *ret_character = take_character(p);
    return 0;
}

/* The class behind its bracket; *p is moved behind it. */
static int match_class(const char **p, uint32_t c, bool *ret_matches)
{
    bool negated = **p == '^', found = false;
    *p += negated;
    for (bool first = true; **p != ']' || first; first = false) {
        uint32_t low, high;
        int r = take_class_character(p, &low);
        if (r < 0)
            return r;
        high = low;
        if (**p == '-') {
            ++*p;
            r = take_class_character(p, &high);
            if (r < 0)
                return r;
        }
        found = found || (c >= low && c <= high);
    }
    ++*p;
    *ret_matches = found != negated;
    return 0;
}

int glob_check(const char *pattern)
{
    bool unused;
    for (const char *p = pattern; *p != '\0';) {
        if (*p == '[') {
            p++;
            int r = match_class(&p, 'a', &unused);
            if (r < 0)
                return r;
        } else if (*p == '\\' && p[1] == '\0') {
            return -EINVAL;
        } else {
            p += 1 + (*p == '\\');
        }
    }
    return 0;
}

/* One character of each; both are moved. */
static bool match_one(const char **p, const char **s)
{
    bool matches = true;
    if (**p == '[') {
        ++*p;
        return match_class(p, take_character(s), &matches) == 0 && matches;
    }
    if (**p == '?') {
        ++*p;
        (void)take_character(s); /* any */
        return true;
    }
    *p += **p == '\\';
    return take_character(p) == take_character(s);
}

bool glob_match(const char *pattern, const char *name)
{
    const char *p = pattern, *s = name, *star = NULL, *star_at = NULL;
    for (;;) {
        if (*p == '*') {
            star = ++p;
            star_at = s;
            continue;
        }
        if (*p == '\0' && *s == '\0')
            return true;
        if (*p != '\0' && *s != '\0' && match_one(&p, &s))
            continue;
        if (!star || *star_at == '\0')
            return false;
        (void)take_character(&star_at); /* the star takes one more */
        p = star;
        s = star_at;
    }
}
