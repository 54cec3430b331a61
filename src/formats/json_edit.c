/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/json_edit.h"

#include "base/text.h"
#include "formats/json.h"

#include <errno.h>
#include <string.h>

#define BLANK " \t\r\n"

/* A member as offsets into the text. */
struct member {
    size_t key, value, end; /* of the opening quote, of the value, behind the value */
};

/* An object: what stands in it, and the member that is looked for. */
struct object_scan {
    size_t open, close; /* of the braces */
    size_t count;
    struct member first, last, found, before, after; /* before and after the one that is found */
    bool has_found, has_before, has_after;
};

static size_t skip_blank(const char *text, size_t at)
{
    return at + strspn(text + at, BLANK);
}

/* Behind the string whose opening quote is at `at`. The text is known to be valid from here on. */
static size_t skip_string(const char *text, size_t at)
{
    for (at++; text[at] && text[at] != '"'; at++)
        if (text[at] == '\\' && text[at + 1])
            at++;
    return text[at] ? at + 1 : at;
}

static size_t skip_value(const char *text, size_t at)
{
    int depth = 0;
    do {
        char c = text[at];
        if (c == '\0')
            return at;
        if (c == '"') {
            at = skip_string(text, at);
            continue;
        }
        depth += c == '{' || c == '[' ? 1 : 0;
        depth -= c == '}' || c == ']' ? 1 : 0;
        at++;
        if (depth == 0 && (c == '}' || c == ']'))
            return at;
        if (depth == 0 && strchr(BLANK ",]}", text[at]))
            return at;
    } while (depth > 0 || !strchr(BLANK ",]}", text[at]));
    return at;
}

static bool key_is(const char *text, const struct member *m, const char *name)
{
    size_t length = strlen(name);
    return strncmp(text + m->key + 1, name, length) == 0 && text[m->key + 1 + length] == '"';
}

static struct object_scan object_scan(const char *text, size_t open, const char *name)
{
    struct object_scan s = {.open = open};
    size_t at = skip_blank(text, open + 1);
    while (text[at] == '"') {
        struct member m = {.key = at};
        at = skip_blank(text, skip_string(text, at)); /* at the colon */
        m.value = skip_blank(text, at + 1);
        m.end = skip_value(text, m.value);
        if (s.has_found && !s.has_after) {
            s.after = m;
            s.has_after = true;
        }
        if (key_is(text, &m, name)) {
            s.found = m;
            s.has_found = true;
            s.before = s.last;
            s.has_before = s.count > 0;
        }
        if (s.count++ == 0)
            s.first = m;
        s.last = m;
        at = skip_blank(text, m.end);
        if (text[at] == ',')
            at = skip_blank(text, at + 1);
    }
    s.close = at;
    return s;
}

/* The document as a valid object, "{}" and a line's end for an empty one. */
static int document_check(const struct json_edit *edit, char **ret_text, struct failure *failure)
{
    autojson struct json_object *value = NULL;
    autoreport struct report report = {0};
    bool empty = edit->text[strspn(edit->text, BLANK)] == '\0';
    *ret_text = strdup(empty ? "{}\n" : edit->text);
    if (!*ret_text)
        return fail(failure, -ENOMEM, "reading %s", edit->name);
    int r = json_parse(edit->name, *ret_text, strlen(*ret_text), &report, &value);
    if (r < 0 && report.count > 0)
        return refuse(failure, r, "%s: %s", report.items[0].place, report.items[0].text);
    if (r < 0)
        return fail(failure, r, "reading %s", edit->name);
    if (!json_object_is_type(value, json_type_object))
        return refuse(failure, -EINVAL, "%s:1:1: not an object", edit->name);
    for (const char *const *p = edit->path; *p; p++) {
        struct json_object *member = json_get(value, *p);
        if (!member)
            break;
        if (p[1] && !json_object_is_type(member, json_type_object))
            return refuse(failure, -EINVAL, "%s:%u: \"%s\" is not an object", edit->name, json_line(member),
                          *p);
        struct json_object *next = json_object_get(member);
        json_object_put(value);
        value = next;
    }
    return 0;
}

/* The blanks between the brace and the first key: how this object is laid out. */
static void layout_copy(struct text *out, const char *text, const struct object_scan *s)
{
    if (s->count > 0)
        text_append_n(out, text + s->open + 1, s->first.key - s->open - 1);
}

/* The indentation of the line that holds `at`, and a step more: from the outermost object, or two blanks. */
static size_t line_indent(const char *text, size_t at, size_t *ret_start)
{
    while (at > 0 && text[at - 1] != '\n')
        at--;
    *ret_start = at;
    return strspn(text + at, " \t");
}

struct layout {
    bool lines;             /* a line for each member */
    const char *newline;    /* "\n" or "\r\n" */
    char step[9], base[65]; /* one level more; what the line of the enclosing object begins with */
};

static struct layout layout_find(const char *text, size_t open)
{
    struct layout l = {.lines = true, .newline = strstr(text, "\r\n") ? "\r\n" : "\n", .step = "  "};
    size_t root = skip_blank(text, 0), start, n;
    struct object_scan outer = object_scan(text, root, "");
    if (outer.count > 0) {
        l.lines = memchr(text + outer.open, '\n', outer.first.key - outer.open) != NULL;
        n = line_indent(text, outer.first.key, &start);
        if (l.lines && n > 0 && n < sizeof(l.step))
            (void)snprintf(l.step, sizeof(l.step), "%.*s", (int)n, text + start);
    }
    n = line_indent(text, open, &start);
    (void)snprintf(l.base, sizeof(l.base), "%.*s", (int)n, text + start);
    return l;
}

static void layout_break(struct text *out, const struct layout *l, size_t depth)
{
    if (!l->lines)
        return;
    text_append(out, l->newline);
    text_append(out, l->base);
    for (size_t i = 0; i < depth; i++)
        text_append(out, l->step);
}

/* "name": value, with objects made for the rest of the path; `depth` of the member below the object's line.
 */
static void member_write(struct text *out, const char *const *path, const char *value, const struct layout *l,
                         size_t depth)
{
    text_printf(out, "\"%s\": ", path[0]);
    if (!path[1]) {
        text_append(out, value);
        return;
    }
    text_append_char(out, '{');
    layout_break(out, l, depth + 1);
    member_write(out, path + 1, value, l, depth + 1);
    layout_break(out, l, depth);
    text_append_char(out, '}');
}

static void member_insert(struct text *out, const char *text, const struct object_scan *s,
                          const char *const *path, const char *value)
{
    struct layout l = layout_find(text, s->open);
    if (s->count > 0) {
        l.lines = memchr(text + s->open, '\n', s->first.key - s->open) != NULL;
        text_append_n(out, text, s->last.end);
        text_append_char(out, ',');
        if (s->first.key == s->open + 1)
            text_append_char(out, ' ');
        layout_copy(out, text, s);
        member_write(out, path, value, &l, 1);
        text_append(out, text + s->last.end);
        return;
    }
    text_append_n(out, text, s->open + 1);
    layout_break(out, &l, 1);
    member_write(out, path, value, &l, 1);
    layout_break(out, &l, 0);
    text_append(out, text + s->close);
}

/* The object that holds the last name of the path that exists; *ret_rest is the path from there. */
static struct object_scan path_walk(const char *text, const char *const *path, const char *const **ret_rest)
{
    struct object_scan s = object_scan(text, skip_blank(text, 0), path[0]);
    while (s.has_found && path[1]) {
        path++;
        s = object_scan(text, s.found.value, path[0]);
    }
    *ret_rest = path;
    return s;
}

static int edit_finish(const struct json_edit *edit, struct text *out, char **ret_text,
                       struct failure *failure)
{
    autojson struct json_object *value = NULL;
    autofree char *text = text_take(out);
    if (!text)
        return fail(failure, -ENOMEM, "changing %s", edit->name);
    /* A key that is written with escapes is not found as text; then the result has it twice. */
    if (json_parse(edit->name, text, strlen(text), NULL, &value) < 0)
        return refuse(failure, -EINVAL, "%s: \"%s\" cannot be changed: it is written with escapes",
                      edit->name, edit->path[0]);
    *ret_text = TAKE_PTR(text);
    return 0;
}

int json_edit_set(const struct json_edit *edit, const char *value, char **ret_text, struct failure *failure)
{
    autofree char *text = NULL;
    autotext struct text out = {0};
    const char *const *rest;
    int r = document_check(edit, &text, failure);
    if (r < 0)
        return r;
    struct object_scan s = path_walk(text, edit->path, &rest);
    if (s.has_found) {
        text_append_n(&out, text, s.found.value);
        text_append(&out, value);
        text_append(&out, text + s.found.end);
    } else {
        member_insert(&out, text, &s, rest, value);
    }
    return edit_finish(edit, &out, ret_text, failure);
}

int json_edit_remove(const struct json_edit *edit, char **ret_text, struct failure *failure)
{
    autofree char *text = NULL;
    autotext struct text out = {0};
    const char *const *rest;
    int r = document_check(edit, &text, failure);
    if (r < 0)
        return r;
    struct object_scan s = path_walk(text, edit->path, &rest);
    if (!s.has_found || rest[1])
        return -ENOENT;
    size_t from = s.has_before ? s.before.end : s.has_after ? s.found.key : s.open + 1;
    size_t to = s.has_before ? s.found.end : s.has_after ? s.after.key : s.close;
    text_append_n(&out, text, from);
    text_append(&out, text + to);
    return edit_finish(edit, &out, ret_text, failure);
}
