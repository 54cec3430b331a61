/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/result.h"

#include "base/strings.h"

#include <stdarg.h>
#include <string.h>

static int add_subject(struct audit_result *r, struct subject *s)
{
    struct subject **grown =
        arena_grow(&r->arena, r->subjects, r->subject_count, &r->subject_capacity, sizeof(*grown));
    if (!grown)
        return -1;
    r->subjects = grown;
    grown[r->subject_count++] = s;
    return 0;
}

struct subject *result_add_subject(struct audit_result *r, enum subject_kind kind, const char *id,
                                   struct place place)
{
    struct subject *s = arena_allocate(&r->arena, sizeof(*s));
    if (!s || add_subject(r, s) < 0)
        return NULL;
    *s = (struct subject){.kind = kind,
                          .id = arena_string(&r->arena, id),
                          .verdict = VERDICT_UNKNOWN,
                          .why = "",
                          .place = place};
    const char *hash = strrchr(s->id, '#');
    s->name = hash ? hash + 1 : s->id;
    return s;
}

void subject_add_link(struct audit_result *r, struct subject *s, struct place place, const char *format, ...)
{
    autofree char *what = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&what, format, args) < 0)
        what = NULL;
    va_end(args);
    struct chain_link *grown =
        arena_grow(&r->arena, s->chain, s->chain_count, &s->chain_capacity, sizeof(*grown));
    if (!what || !grown)
        return;
    s->chain = grown;
    grown[s->chain_count++] = (struct chain_link){arena_string(&r->arena, what), place};
}

static bool same_finding(const struct audit_finding *a, const struct audit_finding *b)
{
    return a->rule == b->rule && streq(a->object, b->object) && streq(a->place.file, b->place.file) &&
           a->place.line == b->place.line && streq(a->message, b->message);
}

struct audit_finding *subject_add_finding(struct audit_result *r, struct subject *s,
                                          const struct audit_finding *finding)
{
    for (size_t i = 0; i < s->finding_count; i++)
        if (same_finding(&s->findings[i], finding))
            return &s->findings[i];
    struct audit_finding *grown =
        arena_grow(&r->arena, s->findings, s->finding_count, &s->finding_capacity, sizeof(*grown));
    if (!grown)
        return NULL;
    s->findings = grown;
    struct audit_finding *f = &grown[s->finding_count++];
    *f = *finding;
    f->object = arena_string(&r->arena, finding->object ? finding->object : "");
    f->message = arena_string(&r->arena, finding->message);
    f->fix = finding->fix ? arena_string(&r->arena, finding->fix) : rule_get(f->rule)->fix;
    if (!f->place.file)
        f->place = s->place;
    return f;
}

struct audit_finding *subject_find(struct audit_result *r, struct subject *s, enum rule_id rule,
                                   struct place place, const char *message)
{
    struct audit_finding f = {
        .rule = rule, .level = rule_get(rule)->level, .message = message, .place = place};
    return subject_add_finding(r, s, &f);
}

void result_complain(struct audit_result *r, const char *place, const char *format, ...)
{
    autofree char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    struct complaint *grown =
        arena_grow(&r->arena, r->complaints, r->complaint_count, &r->complaint_capacity, sizeof(*grown));
    if (!text || !grown)
        return;
    r->complaints = grown;
    grown[r->complaint_count++] =
        (struct complaint){arena_string(&r->arena, place), arena_string(&r->arena, text)};
}

void result_remark(struct audit_result *r, const char *file, unsigned line, const char *text)
{
    struct complaint *grown =
        arena_grow(&r->arena, r->remarks, r->remark_count, &r->remark_capacity, sizeof(*grown));
    if (!grown)
        return;
    r->remarks = grown;
    grown[r->remark_count++] = (struct complaint){line ? arena_printf(&r->arena, "%s:%u", file, line)
                                                       : arena_string(&r->arena, file),
                                                  arena_string(&r->arena, text)};
}

void result_take_report(struct audit_result *r, const struct report *report)
{
    for (size_t i = 0; i < report->count; i++)
        result_complain(r, report->items[i].place, "%s", report->items[i].text);
    if (report->dropped > 0)
        result_complain(r, report->items[0].place, "and %zu more", report->dropped);
}

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[VERDICT_COUNT] = {"root",    "root-userns", "drops", "unknown",
                                                     "nonroot", "enforced",    "none"};
    return names[verdict];
}

const char *subject_kind_name(enum subject_kind kind)
{
    static const char *const names[] = {"stage", "image", "service", "container", "process", "config"};
    return names[kind];
}

static int worst_level(const struct subject *s)
{
    int worst = -1;
    for (size_t i = 0; i < s->finding_count; i++)
        if (!s->findings[i].suppressed_reason && (int)s->findings[i].level > worst)
            worst = (int)s->findings[i].level;
    return worst;
}

static int compare_places(const struct place *a, const struct place *b)
{
    int files = strcmp(a->file ? a->file : "", b->file ? b->file : "");
    if (files != 0)
        return files;
    return a->line != b->line ? (a->line < b->line ? -1 : 1) : 0;
}

static int compare_subjects(const void *a, const void *b)
{
    const struct subject *x = *(struct subject *const *)a, *y = *(struct subject *const *)b;
    int level_x = worst_level(x), level_y = worst_level(y);
    if (x->verdict != y->verdict)
        return x->verdict < y->verdict ? -1 : 1;
    if (level_x != level_y)
        return level_x > level_y ? -1 : 1;
    int places = compare_places(&x->place, &y->place);
    return places ? places : strcmp(x->id, y->id);
}

static int compare_findings(const void *a, const void *b)
{
    const struct audit_finding *x = a, *y = b;
    if (x->level != y->level)
        return x->level > y->level ? -1 : 1;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    return compare_places(&x->place, &y->place);
}

/* Bytes of the UTF-8 character at `p`, 0 when it is none (RFC 3629). */
static size_t utf8_width(const unsigned char *p)
{
    size_t n = p[0] < 0x80                   ? 1
               : p[0] >= 0xC2 && p[0] < 0xE0 ? 2
               : (p[0] & 0xF0) == 0xE0       ? 3
               : p[0] >= 0xF0 && p[0] < 0xF5 ? 4
                                             : 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
    bool surrogate = p[0] == 0xED && p[1] >= 0xA0, beyond = p[0] == 0xF4 && p[1] >= 0x90;
    return n > 1 && (overlong || surrogate || beyond) ? 0 : n;
}

/* A stranger's bytes that are no UTF-8 become question marks: JSON has no other way. Only copies in the arena
 * can have such bytes, never a literal. */
static void clean(const char *text)
{
    for (unsigned char *p = (unsigned char *)text; p && *p != '\0';) {
        size_t n = utf8_width(p);
        if (n == 0)
            *p = '?';
        p += n ? n : 1;
    }
}

static void clean_subject(const struct subject *s)
{
    const char *const own[] = {s->id, s->name, s->image, s->why, s->place.file};
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        clean(own[i]);
    for (size_t i = 0; i < s->chain_count; i++) {
        clean(s->chain[i].what);
        clean(s->chain[i].place.file);
    }
    for (size_t i = 0; i < s->finding_count; i++) {
        const struct audit_finding *f = &s->findings[i];
        const char *const texts[] = {f->object, f->message, f->fix, f->place.file, f->suppressed_reason};
        for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
            clean(texts[k]);
    }
}

static void clean_all(const struct audit_result *r)
{
    for (size_t i = 0; i < r->subject_count; i++)
        clean_subject(r->subjects[i]);
    for (size_t i = 0; i < r->complaint_count; i++) {
        clean(r->complaints[i].place);
        clean(r->complaints[i].text);
    }
    for (size_t i = 0; i < r->remark_count; i++) {
        clean(r->remarks[i].place);
        clean(r->remarks[i].text);
    }
}

void result_sort(struct audit_result *r)
{
    clean_all(r);
    if (r->subject_count > 0)
        qsort(r->subjects, r->subject_count, sizeof(*r->subjects), compare_subjects);
    for (size_t i = 0; i < r->subject_count; i++)
        if (r->subjects[i]->finding_count > 0)
            qsort(r->subjects[i]->findings, r->subjects[i]->finding_count, sizeof(struct audit_finding),
                  compare_findings);
}

void result_free(struct audit_result *r)
{
    arena_free(&r->arena);
    *r = (struct audit_result){0};
}

void result_summarise(const struct audit_result *r, struct audit_summary *ret_summary)
{
    struct audit_summary s = {0};
    for (size_t i = 0; i < r->subject_count; i++) {
        s.verdicts[r->subjects[i]->verdict]++;
        for (size_t k = 0; k < r->subjects[i]->finding_count; k++) {
            if (r->subjects[i]->findings[k].suppressed_reason)
                s.suppressed++;
            else
                s.levels[r->subjects[i]->findings[k].level]++;
        }
    }
    *ret_summary = s;
}
