/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/listing.h"

#include "cli/table.h"
#include "cli/template.h"

#include <errno.h>
#include <string.h>

static int add_line(struct listing *l, const struct text *line, struct failure *failure)
{
    int r = text_error(line);
    if (r == 0 && l->table)
        r = strings_add(&l->lines, text_peek(line));
    else if (r == 0) {
        text_append_n(&l->out, text_peek(line), line->length);
        text_append_char(&l->out, '\n');
        r = text_error(&l->out);
    }
    return r < 0 ? fail(failure, r, "writing the list") : 0;
}

static int add_title(struct listing *l, const struct listing_column *columns, struct failure *failure)
{
    struct json_object *titles = json_object_new_object();
    int r = titles ? 0 : fail(failure, -ENOMEM, "writing the list");
    for (const struct listing_column *c = columns; c->field && r == 0; c++)
        row_put(titles, c->field, c->title);
    if (r == 0)
        r = listing_add(l, titles, NULL, failure);
    json_object_put(titles);
    return r;
}

int listing_begin(struct listing *l, const char *format, const char *usual,
                  const struct listing_column *columns, struct failure *failure)
{
    const char *source = format;
    *l = (struct listing){0};
    if (streq(format, "json"))
        return 0;
    if (!format || streq(format, "table"))
        source = usual;
    else if (string_after(format, "table "))
        source = string_after(format, "table ");
    l->table = source != format;
    int r = template_parse(source, &l->template, failure);
    if (r < 0)
        return fail_within(failure, "--format");
    return l->table ? add_title(l, columns, failure) : 0;
}

int listing_add(struct listing *l, struct json_object *row, struct json_object *labels,
                struct failure *failure)
{
    autotext struct text line = {0};
    if (!l->template) {
        text_append(&line, json_object_to_json_string_ext(row, JSON_C_TO_STRING_PLAIN |
                                                                   JSON_C_TO_STRING_NOSLASHESCAPE));
        return add_line(l, &line, failure);
    }
    int r = template_run(l->template, &(struct template_data){row, labels}, &line, failure);
    if (r < 0)
        return fail_within(failure, "--format");
    return add_line(l, &line, failure);
}

int listing_finish(struct listing *l, const char **ret_text, struct failure *failure)
{
    if (l->table)
        table_layout(&l->lines, &l->out);
    int r = text_error(&l->out);
    if (r < 0)
        return fail(failure, r, "writing the list");
    *ret_text = text_peek(&l->out);
    return 0;
}

void listing_free(struct listing *l)
{
    template_free(l->template);
    strings_free(&l->lines);
    text_free(&l->out);
    *l = (struct listing){0};
}

struct json_object *make_label_text(const struct strings *labels)
{
    autotext struct text t = {0};
    for (size_t i = 0; i < labels->count; i++)
        text_printf(&t, "%s%s", i ? "," : "", labels->items[i]);
    return json_object_new_string(text_peek(&t));
}

struct json_object *make_label_object(const struct strings *labels)
{
    struct json_object *object = json_object_new_object();
    for (size_t i = 0; object && i < labels->count; i++) {
        const char *equals = strchr(labels->items[i], '=');
        autofree char *name = equals ? strndup(labels->items[i], (size_t)(equals - labels->items[i])) : NULL;
        if (name)
            row_put(object, name, equals + 1);
    }
    return object;
}

void row_put(struct json_object *row, const char *field, const char *value)
{
    struct json_object *string = json_object_new_string(value ? value : "");
    if (string && json_object_object_add(row, field, string) < 0)
        json_object_put(string);
}

void row_put_text(struct json_object *row, const char *field, struct text *value)
{
    row_put(row, field, text_peek(value));
}
