/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/json_bind.h"
#include "base/closest.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define CANDIDATES_MAX 64

void json_bind_fail(struct json_binder *b, int error)
{
    if (error < 0 && b->error != -ENOMEM)
        b->error = error;
}

/* "[12]" */
static bool take_index(const char *at, size_t *ret_index)
{
    size_t index = 0;
    for (at++; *at >= '0' && *at <= '9' && index < INT32_MAX; at++)
        index = index * 10 + (size_t)(*at - '0');
    *ret_index = index;
    return *at == ']';
}

unsigned json_bind_line(const struct json_binder *b, const char *member)
{
    struct json_object *value = b->object;
    unsigned line = b->line;
    char name[128];
    for (const char *at = member; value && at && *at != '\0';) {
        size_t n = strcspn(at, ".[");
        if (n >= sizeof(name))
            break;
        memcpy(name, at, n);
        name[n] = '\0';
        size_t index = 0;
        bool item = *at == '[';
        if (item && (!json_object_is_type(value, json_type_array) || !take_index(at, &index)))
            break;
        value = item ? json_object_array_get_idx(value, index) : json_get(value, name);
        line = json_line(value) > 0 ? json_line(value) : line;
        at += item ? strcspn(at, "]") + 1 : n;
        at += *at == '.';
    }
    return line;
}

char *json_bind_place(const struct json_binder *b, const char *member)
{
    autotext struct text place = {0};
    text_append(&place, b->document);
    unsigned line = member ? json_bind_line(b, member) : b->line;
    if (line > 0)
        text_printf(&place, ":%u", line);
    if (b->path.length > 0 || member)
        text_append(&place, ": ");
    text_append(&place, text_peek(&b->path));
    if (member)
        text_printf(&place, b->path.length > 0 ? ".%s" : "%s", member);
    return text_take(&place);
}

static void add_finding(struct json_binder *b, struct report *report, const char *member, const char *rule,
                        const char *sentence)
{
    if (!report)
        return;
    autofree char *place = json_bind_place(b, member);
    (void)report_add(report, place ? place : b->document, rule, "%s", sentence); /* it is always -EINVAL */
}

void json_bind_refuse(struct json_binder *b, const char *member, const char *rule, const char *format, ...)
{
    char sentence[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args); /* a cut sentence is still a sentence */
    va_end(args);
    add_finding(b, b->report, member, rule, sentence);
    json_bind_fail(b, -EINVAL);
}

void json_bind_warn(struct json_binder *b, const char *member, const char *rule, const char *format, ...)
{
    char sentence[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    add_finding(b, b->warnings, member, rule, sentence);
}

size_t json_bind_enter(struct json_binder *b, const char *name, size_t index)
{
    size_t length = b->path.length;
    if (!name)
        text_printf(&b->path, "[%zu]", index);
    else if (length > 0)
        text_append_char(&b->path, '.');
    if (name)
        text_append(&b->path, name);
    return length;
}

void json_bind_leave(struct json_binder *b, size_t length)
{
    if (!b->path.data || b->path.error)
        return;
    b->path.length = length;
    b->path.data[length] = '\0';
}

bool json_bind_expect(struct json_binder *b, struct json_object *value, enum json_type type)
{
    if (json_object_is_type(value, type))
        return true;
    if (type == json_type_int && json_object_is_type(value, json_type_double))
        json_bind_refuse(b, NULL, "json/number", "expected an integer, this is a number with a fraction");
    else
        json_bind_refuse(b, NULL, "json/type", "expected %s, this is %s", json_type_to_name(type),
                         json_type_to_name(json_object_get_type(value)));
    return false;
}

static void report_unknown(struct json_binder *b, const char *name, const struct json_row *rows)
{
    const char *names[CANDIDATES_MAX];
    size_t count = 0;
    for (const struct json_row *row = rows; row->name && count < CANDIDATES_MAX; row++)
        names[count++] = row->name;
    const char *near = closest_word(name, names, count);
    char hint[80] = "";
    if (near)
        (void)snprintf(hint, sizeof(hint), "; did you mean \"%s\"?", near);
    if (b->strict)
        json_bind_refuse(b, name, "json/unknown-member", "not known%s", hint);
    else
        json_bind_warn(b, name, "json/unknown-member", "not known, and has no effect%s", hint);
}

static const struct json_row *find_row(const struct json_row *rows, const char *name)
{
    for (const struct json_row *row = rows; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

static void read_members(struct json_binder *b, struct json_object *object, const struct json_table *table,
                         void *base)
{
    unsigned line = b->line;
    json_object_object_foreach(object, name, value)
    {
        const struct json_row *row = find_row(table->rows, name);
        if (value && json_line(value) > 0)
            b->line = json_line(value);
        if (!row) {
            report_unknown(b, name, table->rows);
        } else if (value) {
            size_t length = json_bind_enter(b, name, 0);
            row->type->read(b, value, base, row);
            json_bind_leave(b, length);
        }
        b->line = line;
    }
}

void json_bind_object(struct json_binder *b, struct json_object *value, const struct json_table *table,
                      void *base)
{
    if (!json_bind_expect(b, value, json_type_object))
        return;
    int before = b->error;
    struct json_object *outer = b->object;
    b->error = 0;
    b->object = value;
    read_members(b, value, table, base);
    for (const struct json_row *row = table->rows; row->name; row++)
        if (row->required && !json_get(value, row->name))
            json_bind_refuse(b, row->name, "json/missing", "is needed and not there");
    if (table->check && b->error == 0)
        table->check(b, base);
    b->object = outer;
    json_bind_fail(b, text_error(&b->path));
    if (b->error == 0 || before == -ENOMEM)
        b->error = before;
}

void json_bind_release(const struct json_table *table, void *base)
{
    for (const struct json_row *row = table->rows; row->name; row++)
        if (row->type->release)
            row->type->release(base, row);
}

int json_bind(struct json_binder *b, const char *data, size_t size, const struct json_table *table,
              void *base)
{
    autojson struct json_object *document = NULL;
    int r = json_parse(b->document, data, size, b->report, &document);
    if (r < 0)
        return r;
    b->error = 0;
    b->line = json_line(document);
    json_bind_object(b, document, table, base);
    if (b->error < 0)
        json_bind_release(table, base);
    text_free(&b->path);
    return b->error;
}
