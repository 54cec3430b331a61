/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/toml_lines.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

#define ENTRIES_MAX 20000

struct toml_reader {
    struct arena *arena;
    const char *file, *at;
    unsigned line;
    const char *table;
    unsigned table_line;
    struct report *report;
    struct toml_entry *entries;
    size_t count, capacity;
};

static int toml_error(const struct toml_reader *r, const char *sentence)
{
    char place[512];
    (void)snprintf(place, sizeof(place), "%s:%u:1", r->file, r->line);
    if (r->report)
        (void)report_add(r->report, place, "toml/syntax", "%s", sentence);
    return -EINVAL;
}

static void skip_blank(struct toml_reader *r, bool lines)
{
    for (;;) {
        r->at += strspn(r->at, " \t\r");
        if (*r->at == '#')
            r->at += strcspn(r->at, "\n");
        if (!lines || *r->at != '\n')
            return;
        r->at++;
        r->line++;
    }
}

/* A string in quotes, also the kinds over several lines. */
static int read_string(struct toml_reader *r, struct text *out)
{
    char quote = *r->at;
    bool triple = r->at[1] == quote && r->at[2] == quote;
    r->at += triple ? 3 : 1;
    if (triple && *r->at == '\n') {
        r->at++;
        r->line++;
    }
    for (;; r->at++) {
        if (*r->at == '\0' || (*r->at == '\n' && !triple))
            return toml_error(r, "a quote that is not closed");
        if (*r->at == quote && (!triple || (r->at[1] == quote && r->at[2] == quote))) {
            r->at += triple ? 3 : 1;
            return 0;
        }
        r->line += *r->at == '\n';
        if (*r->at == '\\' && quote == '"' && r->at[1] != '\0' && r->at[1] != '\n') {
            r->at++;
            const char *found = strchr("n\nt\tr\r", *r->at);
            text_append_char(out,
                             found && (*r->at == 'n' || *r->at == 't' || *r->at == 'r') ? found[1] : *r->at);
            continue;
        }
        text_append_char(out, *r->at);
    }
}

/* A dotted name up to `end` characters: a."b.c".d -> a.b.c.d */
static int read_name(struct toml_reader *r, const char *end, struct text *out)
{
    while (*r->at != '\0' && *r->at != '\n' && !strchr(end, *r->at)) {
        if (*r->at == '"' || *r->at == '\'') {
            int e = read_string(r, out);
            if (e < 0)
                return e;
        } else {
            if (*r->at != ' ' && *r->at != '\t' && *r->at != '\r')
                text_append_char(out, *r->at);
            r->at++;
        }
    }
    return 0;
}

static int add_value(struct toml_reader *r, struct toml_entry *e, size_t *capacity, const char *text)
{
    const char **grown = arena_grow(r->arena, e->values, e->count, capacity, sizeof(*grown));
    if (!grown || e->count >= ENTRIES_MAX)
        return -ENOMEM;
    e->values = grown;
    grown[e->count++] = arena_string(r->arena, text);
    return 0;
}

static int read_scalar(struct toml_reader *r, struct toml_entry *e, size_t *capacity, const char *end)
{
    autotext struct text text = {0};
    int result = 0;
    if (*r->at == '"' || *r->at == '\'') {
        e->is_string = true;
        result = read_string(r, &text);
    } else {
        size_t n = strcspn(r->at, end);
        while (n > 0 && strchr(" \t\r", r->at[n - 1]))
            n--;
        text_append_n(&text, r->at, n);
        r->at += n;
        if (n == 0)
            return toml_error(r, "a value is missing");
    }
    return result < 0 ? result : add_value(r, e, capacity, text_peek(&text));
}

static int read_array(struct toml_reader *r, struct toml_entry *e)
{
    size_t capacity = 0;
    e->is_array = true;
    for (r->at++;;) {
        skip_blank(r, true);
        if (*r->at == ']') {
            r->at++;
            return 0;
        }
        if (*r->at == '\0' || *r->at == '[')
            return toml_error(r, "an array that is not closed, or holds an array");
        int result = read_scalar(r, e, &capacity, ",]#\n");
        if (result < 0)
            return result;
        skip_blank(r, true);
        if (*r->at == ',')
            r->at++;
        else if (*r->at != ']')
            return toml_error(r, "a comma is missing in an array");
    }
}

static int read_table(struct toml_reader *r)
{
    autotext struct text name = {0};
    bool many = r->at[1] == '[';
    r->at += many ? 2 : 1;
    int e = read_name(r, "]", &name);
    if (e < 0)
        return e;
    if (*r->at != ']')
        return toml_error(r, "a table's name without ]");
    r->at += many && r->at[1] == ']' ? 2 : 1;
    r->table = arena_string(r->arena, text_peek(&name));
    r->table_line = r->line;
    return 0;
}

static int read_pair(struct toml_reader *r)
{
    autotext struct text key = {0};
    struct toml_entry e = {.table = r->table, .table_line = r->table_line, .line = r->line};
    size_t capacity = 0;
    int result = read_name(r, "=#", &key);
    if (result < 0)
        return result;
    if (*r->at != '=' || key.length == 0)
        return toml_error(r, "this is no key = value");
    r->at++;
    skip_blank(r, false);
    e.key = arena_string(r->arena, text_peek(&key));
    result = *r->at == '[' ? read_array(r, &e) : read_scalar(r, &e, &capacity, "#\n");
    if (result < 0)
        return result;
    struct toml_entry *grown = arena_grow(r->arena, r->entries, r->count, &r->capacity, sizeof(*grown));
    if (!grown || r->count >= ENTRIES_MAX)
        return -ENOMEM;
    r->entries = grown;
    grown[r->count++] = e;
    return 0;
}

int toml_parse(struct arena *arena, const struct toml_source *source, struct report *report,
               struct toml_file *ret_file)
{
    struct toml_reader r = {
        .arena = arena, .file = source->file, .at = source->data, .line = 1, .table = "", .report = report};
    for (;;) {
        skip_blank(&r, true);
        if (*r.at == '\0')
            break;
        int e = *r.at == '[' ? read_table(&r) : read_pair(&r);
        skip_blank(&r, false);
        if (e == 0 && *r.at != '\n' && *r.at != '\0')
            e = toml_error(&r, "something stands behind the value");
        if (e < 0)
            return e;
    }
    *ret_file = (struct toml_file){r.entries, r.count};
    return arena_error(arena);
}

const struct toml_entry *toml_find(const struct toml_file *f, const char *table, const char *key)
{
    for (size_t i = f->count; i-- > 0;)
        if (streq(f->entries[i].table, table) && streq(f->entries[i].key, key))
            return &f->entries[i];
    return NULL;
}
