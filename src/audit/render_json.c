/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/render.h"

#include "formats/json.h"

#include <errno.h>

static int put_place(struct json_object *o, const struct place *p)
{
    int r = json_put_string(o, "file", p->file);
    if (r == 0 && p->file && p->line)
        r = json_put_u64(o, "line", p->line);
    if (r == 0 && p->file && p->column)
        r = json_put_u64(o, "column", p->column);
    return r;
}

static int add_item(struct json_object *array, struct json_object *item)
{
    return json_object_array_add(array, item) < 0 ? -ENOMEM : 0;
}

static int put_chain(struct json_object *o, const struct subject *s)
{
    struct json_object *list = json_object_new_array();
    int r = json_put(o, "chain", list);
    for (size_t i = 0; r == 0 && i < s->chain_count; i++) {
        struct json_object *link = json_object_new_object();
        r = link ? add_item(list, link) : -ENOMEM;
        r = r < 0 ? r : json_put_string(link, "what", s->chain[i].what);
        r = r < 0 ? r : put_place(link, &s->chain[i].place);
    }
    return r;
}

static int put_finding(struct json_object *list, const struct audit_finding *f)
{
    struct json_object *o = json_object_new_object();
    int r = o ? add_item(list, o) : -ENOMEM;
    r = r < 0 ? r : json_put_string(o, "rule", rule_get(f->rule)->name);
    r = r < 0 ? r : json_put_string(o, "level", rule_level_name(f->level));
    r = r < 0 ? r : json_put_string(o, "object", f->object);
    r = r < 0 ? r : json_put_string(o, "message", f->message);
    r = r < 0 ? r : json_put_string(o, "fix", f->fix);
    r = r < 0 ? r : put_place(o, &f->place);
    return r < 0 ? r : json_put_string(o, "suppressed", f->suppressed_reason);
}

/* null for an id that is not known. */
static int put_id(struct json_object *o, const char *key, bool known, uint32_t id)
{
    if (known)
        return json_put_u64(o, key, id);
    return json_object_object_add(o, key, NULL) < 0 ? -ENOMEM : 0;
}

static int put_subject(struct json_object *o, const struct subject *s)
{
    struct json_object *findings = json_object_new_array();
    int r = json_put_string(o, "id", s->id);
    r = r < 0 ? r : json_put_string(o, "kind", subject_kind_name(s->kind));
    r = r < 0 ? r : json_put_string(o, "name", s->name);
    r = r < 0 ? r : json_put_string(o, "image", s->image);
    r = r < 0 ? r : json_put_string(o, "verdict", verdict_name(s->verdict));
    r = r < 0 ? r : put_id(o, "uid", s->has_uid, s->uid);
    r = r < 0 ? r : put_id(o, "gid", s->has_gid, s->gid);
    r = r < 0 ? r : json_put_string(o, "why", s->why);
    r = r < 0 ? r : put_place(o, &s->place);
    r = r < 0 ? r : put_chain(o, s);
    r = r < 0 ? r : json_put(o, "findings", findings);
    for (size_t i = 0; r == 0 && i < s->finding_count; i++)
        r = put_finding(findings, &s->findings[i]);
    return r;
}

static int put_summary(struct json_object *document, const struct audit_result *r)
{
    struct audit_summary s;
    struct json_object *o = json_object_new_object();
    int e = json_put(document, "summary", o);
    result_summarise(r, &s);
    e = e < 0 ? e : json_put_u64(o, "subjects", r->subject_count);
    for (size_t v = 0; v < VERDICT_COUNT && e == 0; v++)
        e = json_put_u64(o, verdict_name((enum verdict)v), s.verdicts[v]);
    for (size_t l = 0; l < 3 && e == 0; l++)
        e = json_put_u64(o, rule_level_name((enum rule_level)l), s.levels[l]);
    e = e < 0 ? e : json_put_u64(o, "suppressed", s.suppressed);
    return e < 0 ? e : json_put_u64(o, "files", r->files);
}

static int put_complaints(struct json_object *document, const char *key, const struct complaint *items,
                          size_t count)
{
    struct json_object *list = json_object_new_array();
    int e = json_put(document, key, list);
    for (size_t i = 0; e == 0 && i < count; i++) {
        struct json_object *o = json_object_new_object();
        e = o ? add_item(list, o) : -ENOMEM;
        e = e < 0 ? e : json_put_string(o, "place", items[i].place);
        e = e < 0 ? e : json_put_string(o, "text", items[i].text);
    }
    return e;
}

static int append_json(struct text *out, struct json_object *value)
{
    autofree char *text = json_write(value, false);
    if (!text)
        return -ENOMEM;
    text_append(out, text);
    return text_error(out);
}

/* One subject after the other, so that a large result is never held twice as a tree. */
int render_json(const struct audit_result *r, struct text *out)
{
    text_append(out, "{\"version\":1,\"subjects\":[");
    for (size_t i = 0; i < r->subject_count; i++) {
        autojson struct json_object *o = json_object_new_object();
        text_append(out, i ? ",\n" : "\n");
        int e = o ? put_subject(o, r->subjects[i]) : -ENOMEM;
        e = e < 0 ? e : append_json(out, o);
        if (e < 0)
            return e;
    }
    autojson struct json_object *rest = json_object_new_object();
    int e = rest ? put_complaints(rest, "complaints", r->complaints, r->complaint_count) : -ENOMEM;
    e = e < 0 ? e : put_complaints(rest, "remarks", r->remarks, r->remark_count);
    e = e < 0 ? e : put_summary(rest, r);
    autotext struct text tail = {0};
    e = e < 0 ? e : append_json(&tail, rest);
    if (e < 0)
        return e;
    text_append(out, "],\n");
    text_append(out, text_peek(&tail) + 1); /* without its opening brace */
    text_append_char(out, '\n');
    return text_error(out);
}
