/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/render.h"

#include "base/strings.h"

#include <string.h>

#define LABEL_WIDTH 7

static const char *label_of(enum verdict v)
{
    static const char *const labels[VERDICT_COUNT] = {"ROOT", "USERNS", "DROPS", "UNKNOWN", "ok", "ok", ""};
    return labels[v];
}

static const char *colour_of(enum verdict v)
{
    switch (v) {
    case VERDICT_ROOT:
        return "\x1b[1;31m";
    case VERDICT_ROOT_USERNS:
    case VERDICT_DROPS:
    case VERDICT_UNKNOWN:
        return "\x1b[33m";
    case VERDICT_NONROOT:
    case VERDICT_ENFORCED:
        return "\x1b[32m";
    case VERDICT_NONE:
    case VERDICT_COUNT:
        break;
    }
    return "";
}

/* Control characters of a stranger's file do not reach the terminal. */
static void append_safe(struct text *out, const char *s)
{
    for (; *s != '\0'; s++)
        text_append_char(out, (unsigned char)*s < 0x20 || *s == 0x7F ? '?' : *s);
}

static void append_place(struct text *out, const struct place *p)
{
    if (!p->file)
        return;
    append_safe(out, p->file);
    if (p->line)
        text_printf(out, ":%u", p->line);
}

static void append_ids(struct text *out, const struct subject *s)
{
    if (!s->has_uid)
        text_append(out, "uid not 0");
    else if (s->has_gid)
        text_printf(out, "%u:%u", s->uid, s->gid);
    else
        text_printf(out, "%u", s->uid);
}

/* "no USER <- FROM debian:12 <- scratch"; for what is fine "10001:10001 (USER app, Dockerfile:31)". */
static void append_chain(struct text *out, const struct subject *s)
{
    bool fine = s->verdict == VERDICT_NONROOT || s->verdict == VERDICT_ENFORCED;
    if (fine) {
        append_ids(out, s);
        if (s->verdict == VERDICT_ENFORCED)
            text_append(out, ", root is refused");
        if (s->chain_count > 0) {
            const struct chain_link *last = &s->chain[s->chain_count - 1];
            text_append(out, " (");
            append_safe(out, last->what);
            if (last->place.file && last->place.line) {
                text_append(out, ", ");
                append_place(out, &last->place);
            }
            text_append(out, ")");
        }
        return;
    }
    if (s->verdict == VERDICT_DROPS && s->has_uid)
        text_printf(out, "0 -> %u: ", s->uid);
    append_safe(out, s->why);
    for (size_t i = s->chain_count, shown = 0; i-- > 0 && shown < 6; shown++) {
        const char *what = s->chain[i].what;
        if (shown == 0 && strstr(s->why, what))
            continue;
        text_append(out, out->length > 0 && s->why[0] ? " <- " : "");
        append_safe(out, what);
    }
}

/* The rules of a subject's line: those at its worst level. */
static void append_rules(struct text *out, const struct subject *s)
{
    size_t shown = 0;
    for (size_t i = 0; i < s->finding_count && shown < 4; i++) {
        const struct audit_finding *f = &s->findings[i];
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again = again || s->findings[k].rule == f->rule;
        if (f->suppressed_reason || again || f->level != s->findings[0].level)
            continue;
        text_printf(out, "%s%s", shown++ ? " " : "", rule_get(f->rule)->name);
    }
}

static void pad(struct text *out, size_t from, size_t width)
{
    size_t written = out->length - from;
    do
        text_append_char(out, ' ');
    while (++written < width);
}

static void append_finding(struct text *out, const struct audit_finding *f)
{
    text_printf(out, "        %-7s %s  ", rule_level_name(f->level), rule_get(f->rule)->name);
    append_place(out, &f->place);
    text_append(out, "  ");
    append_safe(out, f->message);
    if (f->suppressed_reason) {
        text_append(out, "  (accepted: ");
        append_safe(out, f->suppressed_reason);
        text_append(out, ")\n");
        return;
    }
    text_append(out, "\n                fix: ");
    append_safe(out, f->fix);
    text_append_char(out, '\n');
}

static bool shown(const struct audit_finding *f, const struct render_options *o)
{
    return o->notes || f->level != LEVEL_NOTE;
}

static bool worth_a_line(const struct subject *s, const struct render_options *o)
{
    bool any = s->verdict < VERDICT_NONROOT;
    for (size_t i = 0; i < s->finding_count; i++)
        any = any || shown(&s->findings[i], o);
    return any;
}

static void append_subject(struct text *out, const struct subject *s, const struct render_options *o)
{
    size_t start = out->length;
    if (o->colour)
        text_append(out, colour_of(s->verdict));
    text_printf(out, "%-*s ", LABEL_WIDTH, s->verdict == VERDICT_NONE ? "config" : label_of(s->verdict));
    if (o->colour)
        text_append(out, "\x1b[0m");
    start = out->length;
    append_place(out, &s->place);
    if (!s->place.file)
        append_safe(out, s->id);
    pad(out, start, 20);
    start = out->length;
    append_safe(out, s->name);
    pad(out, start, 10);
    if (s->image) {
        start = out->length;
        append_safe(out, s->image);
        pad(out, start, 14);
    }
    append_chain(out, s);
    text_append(out, "  ");
    append_rules(out, s);
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->data[--out->length] = '\0';
    text_append_char(out, '\n');
    for (size_t i = 0; i < s->finding_count; i++)
        if (shown(&s->findings[i], o))
            append_finding(out, &s->findings[i]);
}

static void append_count(struct text *out, size_t count, const char *what, bool *first)
{
    if (count == 0)
        return;
    text_printf(out, "%s%zu %s", *first ? "" : ", ", count, what);
    *first = false;
}

static void append_summary(struct text *out, const struct audit_result *r)
{
    struct audit_summary s;
    bool first = true;
    result_summarise(r, &s);
    size_t counted = r->subject_count - s.verdicts[VERDICT_NONE];
    text_printf(out, "%zu subject%s: ", counted, counted == 1 ? "" : "s");
    append_count(out, s.verdicts[VERDICT_ROOT], "root", &first);
    append_count(out, s.verdicts[VERDICT_ROOT_USERNS], "root in a user namespace", &first);
    append_count(out, s.verdicts[VERDICT_DROPS], "drops", &first);
    append_count(out, s.verdicts[VERDICT_UNKNOWN], "unknown", &first);
    append_count(out, s.verdicts[VERDICT_NONROOT], "not root", &first);
    append_count(out, s.verdicts[VERDICT_ENFORCED], "enforced", &first);
    if (first) {
        text_append(out, "nothing to judge");
        first = false;
    }
    append_count(out, s.levels[LEVEL_ERROR], s.levels[LEVEL_ERROR] == 1 ? "error" : "errors", &first);
    append_count(out, s.levels[LEVEL_WARNING], s.levels[LEVEL_WARNING] == 1 ? "warning" : "warnings", &first);
    append_count(out, s.levels[LEVEL_NOTE], s.levels[LEVEL_NOTE] == 1 ? "note" : "notes", &first);
    append_count(out, s.suppressed, "accepted", &first);
    append_count(out, r->complaint_count, "not understood", &first);
    text_append_char(out, '\n');
}

int render_text(const struct audit_result *r, const struct render_options *options, struct text *out)
{
    bool any = false;
    for (size_t i = 0; i < r->subject_count; i++)
        any = any || worth_a_line(r->subjects[i], options);
    for (size_t i = 0; any && i < r->subject_count; i++) {
        const struct subject *s = r->subjects[i];
        if (worth_a_line(s, options) || (!options->quiet_fine && s->verdict != VERDICT_NONE))
            append_subject(out, s, options);
    }
    append_summary(out, r);
    return text_error(out);
}

int render_rule(enum rule_id rule, struct text *out)
{
    const struct rule *r = rule_get(rule);
    text_printf(out, "%s (%s): %s\n\n%s\n\nfix: %s\n", r->name, rule_level_name(r->level), r->title,
                r->explain, r->fix);
    return text_error(out);
}
