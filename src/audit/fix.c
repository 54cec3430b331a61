/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/fix.h"

#include "base/strings.h"
#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTEXT_LINES 3

static struct fix_plan *plan_of(struct audit_result *r, struct fix_plans *plans, const char *file)
{
    for (size_t i = 0; i < plans->count; i++)
        if (streq(plans->items[i].file, file))
            return &plans->items[i];
    struct fix_plan *grown = arena_allocate(&r->arena, (plans->count + 1) * sizeof(*grown));
    if (!grown)
        return NULL;
    if (plans->count > 0)
        memcpy(grown, plans->items, plans->count * sizeof(*grown));
    plans->items = grown;
    grown[plans->count].file = file;
    return &grown[plans->count++];
}

static bool is_insertion(const struct edit *e)
{
    return e->last < e->first;
}

/* Insertions never collide (unless they say the same); replacements must not share a line. */
static bool collides(const struct edit *a, const struct edit *b)
{
    if (is_insertion(a) || is_insertion(b))
        return a->first == b->first && streq(a->text, b->text) && is_insertion(a) == is_insertion(b);
    return a->first <= b->last && b->first <= a->last;
}

static int add_edit(struct audit_result *r, struct fix_plan *plan, const struct edit *e)
{
    for (size_t i = 0; i < plan->count; i++)
        if (collides(plan->edits[i], e))
            return 0;
    const struct edit **grown = arena_allocate(&r->arena, (plan->count + 1) * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    size_t at = 0;
    while (at < plan->count && plan->edits[at]->first <= e->first)
        at++;
    for (size_t i = 0; i < plan->count; i++)
        grown[i + (i >= at)] = plan->edits[i];
    grown[at] = e;
    plan->edits = grown;
    plan->count++;
    return 0;
}

int fix_gather(struct audit_result *r, struct fix_plans *ret_plans)
{
    struct fix_plans plans = {0};
    for (size_t i = 0; i < r->subject_count; i++)
        for (size_t k = 0; k < r->subjects[i]->finding_count; k++) {
            const struct audit_finding *f = &r->subjects[i]->findings[k];
            if (!f->edit || f->suppressed_reason)
                continue;
            struct fix_plan *plan = plan_of(r, &plans, f->edit->file);
            int e = plan ? add_edit(r, plan, f->edit) : -ENOMEM;
            if (e < 0)
                return e;
        }
    *ret_plans = plans;
    return 0;
}

/* Walks the lines of a file beside its edits. */
struct line_walk {
    const struct fix_plan *plan;
    const char *at;
    unsigned line; /* of `at`, 1-based */
    size_t next;   /* edit */
};

static size_t line_size(const char *p)
{
    size_t n = strcspn(p, "\n");
    return n + (p[n] == '\n');
}

static const char *line_end(const char *data)
{
    const char *lf = strchr(data, '\n');
    return lf && lf > data && lf[-1] == '\r' ? "\r\n" : "\n";
}

/* Where the character of that column begins (UTF-8), at most the end of the line. */
static const char *at_column(const char *line, unsigned column)
{
    for (; column > 1 && *line != '\0' && *line != '\n' && *line != '\r'; column--)
        do
            line++;
        while (((unsigned char)*line & 0xC0) == 0x80);
    return line;
}

/* The line with the edit's characters replaced, with its line break. */
static void append_edited(struct text *out, const struct edit *e, const char *line)
{
    const char *from = at_column(line, e->column), *to = at_column(line, e->end_column);
    text_append_n(out, line, (size_t)(from - line));
    text_append(out, e->text);
    text_append_n(out, to, line_size(line) - (size_t)(to - line));
}

int fix_apply(const struct fix_plan *plan, const char *data, struct text *ret_text)
{
    struct line_walk w = {.plan = plan, .at = data, .line = 1};
    const char *end = line_end(data);
    while (*w.at != '\0' || w.next < plan->count) {
        const struct edit *e = w.next < plan->count ? plan->edits[w.next] : NULL;
        bool past = *w.at == '\0';
        if (e && (w.line == e->first || past)) {
            if (past && ret_text->length > 0 && ret_text->data[ret_text->length - 1] != '\n')
                text_append(ret_text, end);
            w.next++;
            if (is_insertion(e)) {
                text_printf(ret_text, "%s%s", e->text, end);
            } else if (!past) {
                append_edited(ret_text, e, w.at);
                w.at += line_size(w.at);
                w.line++;
            }
            continue;
        }
        size_t n = line_size(w.at);
        text_append_n(ret_text, w.at, n);
        w.at += n;
        w.line++;
    }
    return text_error(ret_text);
}

static const char *line_at(const char *data, unsigned line)
{
    while (--line > 0 && *data != '\0')
        data += line_size(data);
    return data;
}

static void append_line(struct text *out, char sign, const char *p)
{
    size_t n = line_size(p);
    text_append_char(out, sign);
    text_append_n(out, p, n);
    if (n == 0 || p[n - 1] != '\n')
        text_append(out, "\n\\ No newline at end of file\n");
}

/* Edits that are near each other, with the lines around them. */
struct hunk {
    const struct edit *const *edits;
    size_t count;
    int shift; /* lines that earlier hunks added */
};

static unsigned line_behind(const struct edit *e)
{
    return is_insertion(e) ? e->first : e->first + 1;
}

static unsigned count_lines(const char *p, unsigned most)
{
    unsigned n = 0;
    for (; n < most && *p != '\0'; n++)
        p += line_size(p);
    return n;
}

static void append_edit(struct text *out, const struct edit *e, const char *data)
{
    const char *old = line_at(data, e->first);
    autotext struct text line = {0};
    if (is_insertion(e)) {
        text_printf(out, "+%s%s", e->text, line_end(data));
        return;
    }
    append_line(out, '-', old);
    append_edited(&line, e, old);
    append_line(out, '+', text_peek(&line));
}

static void append_hunk(struct text *out, const struct hunk *h, const char *data)
{
    unsigned first = h->edits[0]->first > CONTEXT_LINES ? h->edits[0]->first - CONTEXT_LINES : 1,
             inserted = 0;
    unsigned behind = line_behind(h->edits[h->count - 1]);
    unsigned tail = count_lines(line_at(data, behind), CONTEXT_LINES), old = behind + tail - first;
    for (size_t i = 0; i < h->count; i++)
        inserted += is_insertion(h->edits[i]);
    /* An empty side names the line before it. */
    text_printf(out, "@@ -%u,%u +%d,%u @@\n", first - (old == 0), old, (int)first + h->shift, old + inserted);
    for (size_t i = 0; i < h->count; i++) {
        for (; first < h->edits[i]->first; first++)
            append_line(out, ' ', line_at(data, first));
        append_edit(out, h->edits[i], data);
        first = line_behind(h->edits[i]);
    }
    for (; first < behind + tail; first++)
        append_line(out, ' ', line_at(data, first));
}

int fix_diff(const struct fix_plan *plan, const char *data, struct text *out)
{
    struct hunk h = {0};
    text_printf(out, "--- %s\n+++ %s\n", plan->file, plan->file);
    for (size_t i = 0; i < plan->count; i += h.count) {
        h.edits = (const struct edit *const *)plan->edits + i;
        h.count = 1;
        while (i + h.count < plan->count &&
               plan->edits[i + h.count]->first <= line_behind(h.edits[h.count - 1]) + 2 * CONTEXT_LINES)
            h.count++;
        append_hunk(out, &h, data);
        for (size_t k = 0; k < h.count; k++)
            h.shift += is_insertion(h.edits[k]);
    }
    return text_error(out);
}

int fix_write(const char *file, const struct text *text, struct failure *failure)
{
    struct stat st;
    autofree char *temporary = NULL;
    if (lstat(file, &st) < 0)
        return fail(failure, -errno, "looking at %s", file);
    if (!S_ISREG(st.st_mode))
        return refuse(failure, -EINVAL, "%s: not a regular file, not changed", file);
    if (asprintf(&temporary, "%s.unroot-%d", file, (int)getpid()) < 0) {
        temporary = NULL;
        return -ENOMEM;
    }
    autoclose int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(failure, -errno, "making %s", temporary);
    int r = fd_write_all(fd, text_peek(text), text->length);
    if (r == 0 && (fchown(fd, st.st_uid, st.st_gid) < 0 || fchmod(fd, st.st_mode & 07777) < 0 ||
                   fsync(fd) < 0 || rename(temporary, file) < 0))
        r = -errno;
    if (r < 0)
        (void)unlink(temporary); /* what stood there before is untouched */
    return r < 0 ? fail(failure, r, "changing %s", file) : 0;
}
