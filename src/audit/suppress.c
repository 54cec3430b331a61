/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/suppress.h"

#include "base/strings.h"

#include <string.h>

#define MARK "unroot:ignore"
#define RULES_IN_ONE 16

struct suppression {
    enum rule_id rules[RULES_IN_ONE];
    size_t rule_count;
    const char *reason, *until; /* until: NULL without one */
    unsigned line, target;      /* target: the line whose findings it means; 0: the whole file */
};

static void complain(struct audit_result *r, const char *file, unsigned line, const char *text)
{
    char place[512];
    (void)snprintf(place, sizeof(place), "%s:%u:1", file, line);
    result_complain(r, place, "%s", text);
}

static bool date_is_valid(const char *d)
{
    return strlen(d) == 10 && strspn(d, "0123456789") == 4 && d[4] == '-' &&
           strspn(d + 5, "0123456789") == 2 && d[7] == '-' && strspn(d + 8, "0123456789") == 2;
}

/* "NR102,NR203": false when one of them is no rule. */
static bool read_rules(struct suppression *s, const char *words, size_t length)
{
    while (length > 0 && s->rule_count < RULES_IN_ONE) {
        char name[16] = "";
        size_t n = 0;
        while (n < length && words[n] != ',')
            n++;
        if (n == 0 || n >= sizeof(name))
            return false;
        memcpy(name, words, n);
        int rule = rule_find(name);
        if (rule < 0)
            return false;
        s->rules[s->rule_count++] = (enum rule_id)rule;
        words += n + (n < length);
        length -= n + (n < length);
    }
    return s->rule_count > 0;
}

/* What stands behind the mark up to the end of the line; false with a complaint when it does not count. */
static bool read_suppression(struct audit_result *r, const char *file, const char *text,
                             struct suppression *s)
{
    size_t end = strcspn(text, "\r\n");
    text = arena_copy(&r->arena, text, end);
    text += strspn(text, " \t");
    size_t n = strcspn(text, " \t");
    if (!read_rules(s, text, n)) {
        complain(r, file, s->line, "unroot:ignore needs the rules that it means: NR102 or NR102,NR203");
        return false;
    }
    text += n + strspn(text + n, " \t:-");
    char *reason = arena_string(&r->arena, text), *until = strstr(reason, "until=");
    if (until) {
        s->until = arena_copy(&r->arena, until + 6, strcspn(until + 6, " \t"));
        *until = '\0';
        if (!date_is_valid(s->until)) {
            complain(r, file, s->line, "until= takes a date: until=2027-01-31");
            return false;
        }
    }
    size_t length = strlen(reason);
    while (length > 0 && strchr(" \t-*/>", reason[length - 1]))
        reason[--length] = '\0';
    if (length == 0) {
        complain(r, file, s->line, "unroot:ignore needs a reason: it does not count");
        return false;
    }
    s->reason = reason;
    return true;
}

static bool covers(const struct suppression *s, const struct audit_finding *f, const char *file)
{
    bool named = false;
    for (size_t i = 0; i < s->rule_count; i++)
        named = named || s->rules[i] == f->rule;
    if (!named || !streq(f->place.file, file))
        return false;
    unsigned end = f->place.end_line > f->place.line && f->place.end_line < f->place.line + 50
                       ? f->place.end_line
                       : f->place.line;
    return s->target == 0 || s->target == f->place.line ||
           (s->line >= f->place.line && s->line <= end && s->target <= end);
}

static void apply(struct audit_result *r, const char *file, const struct suppression *s, const char *today)
{
    size_t used = 0;
    bool over = s->until && today && strcmp(s->until, today) < 0;
    for (size_t i = 0; i < r->subject_count; i++)
        for (size_t k = 0; k < r->subjects[i]->finding_count; k++) {
            struct audit_finding *f = &r->subjects[i]->findings[k];
            if (!covers(s, f, file))
                continue;
            used++;
            if (!over)
                f->suppressed_reason = s->reason;
        }
    if (over)
        result_remark(r, file, s->line,
                      arena_printf(&r->arena, "this unroot:ignore was over on %s", s->until));
    else if (used == 0)
        result_remark(r, file, s->line, "this unroot:ignore is not needed any more");
}

/* The line that a comment line means: the first below it that is no comment and not empty. */
static unsigned line_below(const char *data, unsigned line)
{
    unsigned at = 1;
    for (const char *p = data; *p != '\0'; at++) {
        const char *word = p + strspn(p, " \t");
        if (at > line && *word != '#' && *word != '\n' && *word != '\r')
            return at;
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    return line;
}

bool suppress_is_in(const char *data)
{
    return strstr(data, MARK) != NULL;
}

void suppress_apply(struct audit_result *r, const char *file, const char *data, const char *today)
{
    unsigned line = 1;
    const char *start = data;
    for (const char *mark = strstr(data, MARK); mark; mark = strstr(mark + 1, MARK)) {
        const char *begin = mark;
        while (begin > data && begin[-1] != '\n')
            begin--;
        for (; start < begin; start++)
            line += *start == '\n';
        const char *hash = memchr(begin, '#', (size_t)(mark - begin));
        if (!hash)
            continue; /* only comments count */
        const char *rest = mark + strlen(MARK);
        bool whole = string_after(rest, "-file");
        rest += whole ? 5 : 0;
        bool alone = begin + strspn(begin, " \t") == hash;
        struct suppression s = {.line = line};
        s.target = whole ? 0 : alone ? line_below(data, line) : line;
        if (read_suppression(r, file, rest, &s))
            apply(r, file, &s, today);
    }
}
