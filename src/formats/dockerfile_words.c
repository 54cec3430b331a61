/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/dockerfile_words.h"

#include "base/text.h"
#include "formats/json.h"
#include "formats/shell_word.h"

#include <errno.h>
#include <string.h>

bool word_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

char *words_trim(const char *line)
{
    for (size_t n; (n = space_width(line)) > 0;)
        line += n;
    const char *end = line;
    for (const char *p = line; *p != '\0';) {
        size_t n = space_width(p);
        p += n ? n : 1;
        if (n == 0)
            end = p;
    }
    return strndup(line, (size_t)(end - line));
}

static int add_word(struct strings *words, struct text *word)
{
    if (word->length == 0)
        return 0;
    return strings_add_taken(words, text_take(word));
}

int words_split_quoted(const char *line, char escape, struct strings *words)
{
    autotext struct text word = {0};
    char quote = '\0';
    for (const char *p = line; *p != '\0'; p++) {
        size_t space = quote ? 0 : space_width(p);
        if (space > 0) {
            int r = add_word(words, &word);
            if (r < 0)
                return r;
            p += space - 1;
            continue;
        }
        if (quote && *p == quote)
            quote = '\0';
        else if (!quote && (*p == '\'' || *p == '"'))
            quote = *p;
        if (*p == escape && quote != '\'') {
            if (p[1] == '\0')
                break; /* an escape character at the very end says nothing */
            text_append_char(&word, *p++);
        }
        text_append_char(&word, *p);
    }
    return add_word(words, &word);
}

int words_split_blank(const char *line, struct strings *words)
{
    while (*line != '\0') {
        while (word_blank(*line))
            line++;
        const char *end = line;
        while (*end != '\0' && !word_blank(*end))
            end++;
        if (end > line) {
            int r = strings_add_taken(words, strndup(line, (size_t)(end - line)));
            if (r < 0)
                return r;
        }
        line = end;
    }
    return 0;
}

/* One flag from `p` on; returns what follows it. */
static const char *take_flag(const char *p, struct text *flag)
{
    char quote = '\0';
    for (; *p != '\0'; p++) {
        if (!quote && space_width(p) > 0)
            break;
        if (quote && *p == quote) {
            quote = '\0';
            continue;
        }
        if (!quote && (*p == '\'' || *p == '"')) {
            quote = *p;
            continue;
        }
        if (*p == '\\') {
            if (p[1] == '\0')
                continue;
            p++;
        }
        text_append_char(flag, *p);
    }
    return p;
}

int words_take_flags(const char *line, struct strings *flags, const char **ret_rest)
{
    for (;;) {
        for (size_t n; (n = space_width(line)) > 0;)
            line += n;
        if (line[0] != '-' || line[1] != '-')
            break;
        autotext struct text flag = {0};
        line = take_flag(line, &flag);
        if (streq(text_peek(&flag), "--"))
            break;
        int r = strings_add_taken(flags, text_take(&flag));
        if (r < 0)
            return r;
    }
    *ret_rest = line;
    return 0;
}

int words_parse_json(const char *line, struct strings *words)
{
    for (size_t n; (n = space_width(line)) > 0;)
        line += n;
    if (*line != '[')
        return 0;
    autojson struct json_object *array = NULL;
    int r = json_parse("", line, strlen(line), NULL, &array);
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    for (size_t i = 0; i < json_object_array_length(array); i++) {
        struct json_object *item = json_object_array_get_idx(array, i);
        if (!json_object_is_type(item, json_type_string))
            return -EINVAL;
        r = strings_add(words, json_object_get_string(item));
        if (r < 0)
            return r;
    }
    return 1;
}
