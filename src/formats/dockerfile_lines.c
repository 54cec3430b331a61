/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/dockerfile_lines.h"

#include "formats/shell_word.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

/* One physical line, without its line break. */
struct physical_line {
    const char *start;
    size_t length;
    size_t offset;
};

int source_error(struct dockerfile_source *s, struct dockerfile_position at, const char *rule,
                 const char *format, ...)
{
    autofree char *sentence = NULL, *place = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&sentence, format, args);
    va_end(args);
    s->error = -EINVAL;
    if (n < 0)
        sentence = NULL;
    if (asprintf(&place, "%s:%u:%u", s->name, at.line, at.column) < 0)
        place = NULL;
    if (s->report)
        (void)report_add(s->report, place ? place : s->name, rule, "%s", sentence ? sentence : rule);
    return -EINVAL;
}

static bool read_physical(struct dockerfile_source *s, struct physical_line *l)
{
    if (s->at >= s->size)
        return false;
    const char *start = s->data + s->at, *end = memchr(start, '\n', s->size - s->at);
    size_t length = end ? (size_t)(end - start) : s->size - s->at;
    *l = (struct physical_line){start, length, s->at};
    s->at += length + (end != NULL);
    s->line++;
    if (l->length > 0 && l->start[l->length - 1] == '\r')
        l->length--;
    return true;
}

static size_t skip_space(const char *p, size_t length)
{
    size_t i = 0;
    while (i < length) {
        size_t n = length - i >= 3 || (unsigned char)p[i] < 0x80 ? space_width(p + i) : 0;
        if (n == 0)
            break;
        i += n;
    }
    return i;
}

/* The escape character, and only blanks behind it; not a doubled one. Gives the length without it. */
static bool continues(const char *p, size_t length, char escape, size_t *ret_length)
{
    size_t n = length;
    while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t'))
        n--;
    if (n == 0 || p[n - 1] != escape || (n > 1 && p[n - 2] == escape))
        return false;
    *ret_length = n - 1;
    return true;
}

static int set_directive(struct dockerfile_source *s, const char *key, char *value)
{
    autofree char *owned = value;
    if (strcasecmp(key, "escape") == 0) {
        if (!streq(value, "\\") && !streq(value, "`"))
            return source_error(s, (struct dockerfile_position){s->line, 1}, "dockerfile/escape",
                                "invalid escape token '%s': it is ` or \\", value);
        if (s->escape)
            return source_error(s, (struct dockerfile_position){s->line, 1}, "dockerfile/directive",
                                "the directive escape is there twice");
        s->escape = value[0];
        return 0;
    }
    char **place = strcasecmp(key, "syntax") == 0 ? &s->syntax : &s->check;
    if (*place)
        return source_error(s, (struct dockerfile_position){s->line, 1}, "dockerfile/directive",
                            "the directive %s is there twice", key);
    *place = TAKE_PTR(owned);
    return 0;
}

/* "# key = value" before everything else. Anything that is no known directive ends their part of the file. */
static int read_directive(struct dockerfile_source *s, const char *p, size_t length)
{
    size_t i = skip_space(p, length);
    bool comment = i < length && p[i] == '#';
    s->directives_done = true;
    if (!comment)
        return 0;
    i += 1 + skip_space(p + i + 1, length - i - 1);
    size_t start = i;
    while (i < length && isalnum((unsigned char)p[i]))
        i++;
    autofree char *key = strndup(p + start, i - start);
    if (!key)
        return -ENOMEM;
    i += skip_space(p + i, length - i);
    bool known =
        strcasecmp(key, "escape") == 0 || strcasecmp(key, "syntax") == 0 || strcasecmp(key, "check") == 0;
    if (!known || i >= length || p[i] != '=')
        return 0;
    i += 1 + skip_space(p + i + 1, length - i - 1);
    while (length > i && space_width(p + length - 1) > 0)
        length--;
    if (i >= length)
        return 0;
    s->directives_done = false;
    char *value = strndup(p + i, length - i);
    return value ? set_directive(s, key, value) : -ENOMEM;
}

static int add_comment(struct logical_line *l, const char *p, size_t length)
{
    size_t i = skip_space(p, length);
    while (length > i && (p[length - 1] == ' ' || p[length - 1] == '\t'))
        length--;
    if (i >= length) {
        strings_free(&l->comments);
        return 0;
    }
    return strings_add_taken(&l->comments, strndup(p + i, length - i));
}

/* Appends continuation lines until one does not end in the escape character. */
static int read_continuation(struct dockerfile_source *s, struct logical_line *l, struct text *text)
{
    struct physical_line p;
    unsigned empty = 0;
    for (bool more = true; more && read_physical(s, &p);) {
        size_t blank = skip_space(p.start, p.length);
        if (blank < p.length && p.start[blank] == '#')
            continue;
        if (blank == p.length) {
            empty = empty ? empty : s->line;
            continue;
        }
        size_t length = p.length;
        more = continues(p.start, p.length, s->escape ? s->escape : '\\', &length);
        text_append_n(text, p.start, length);
        l->end_offset = p.offset + p.length;
        l->end_line = s->line;
    }
    if (empty && s->report) {
        int before = s->error;
        (void)source_error(s, (struct dockerfile_position){empty, 1}, "dockerfile/warning-empty-continuation",
                           "an empty line inside a continued instruction is ignored");
        s->error = before;
    }
    return text_error(text);
}

void logical_line_free(struct logical_line *line)
{
    free(line->text);
    strings_free(&line->comments);
    *line = (struct logical_line){0};
}

/* One physical line outside an instruction: 1 when it begins one, 0 for a comment or an empty line. */
static int begin_line(struct dockerfile_source *s, const struct physical_line *p, struct logical_line *l)
{
    if (!s->directives_done) {
        int r = read_directive(s, p->start, p->length);
        if (r == -ENOMEM)
            return r;
    }
    size_t blank = skip_space(p->start, p->length);
    if (blank < p->length && p->start[blank] == '#')
        return add_comment(l, p->start + blank + 1, p->length - blank - 1);
    if (blank == p->length) {
        strings_free(&l->comments);
        return 0;
    }
    l->line = l->end_line = s->line;
    l->column = (unsigned)blank + 1;
    l->offset = p->offset + blank;
    l->end_offset = p->offset + p->length;
    return 1;
}

int source_next(struct dockerfile_source *s, struct logical_line *ret_line)
{
    __attribute__((cleanup(logical_line_free))) struct logical_line l = {0};
    autotext struct text text = {0};
    struct physical_line p;
    while (read_physical(s, &p)) {
        int r = begin_line(s, &p, &l);
        if (r < 0)
            return r;
        if (r == 0)
            continue;
        size_t blank = l.column - 1, length = p.length - blank;
        bool more = continues(p.start + blank, p.length - blank, s->escape ? s->escape : '\\', &length);
        text_append_n(&text, p.start + blank, length);
        r = more ? read_continuation(s, &l, &text) : text_error(&text);
        if (r < 0)
            return r;
        if (text.length == 0)
            continue;
        l.text = text_take(&text);
        if (!l.text)
            return -ENOMEM;
        *ret_line = l;
        l = (struct logical_line){0};
        return 1;
    }
    return 0;
}
