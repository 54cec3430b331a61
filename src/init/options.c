/* SPDX-License-Identifier: Apache-2.0 */
#include "init/options.h"

#include <string.h>

static int take_value(struct options *o, const struct option_row *row, const char *attached,
                      const char **ret_value, struct failure *f)
{
    *ret_value = NULL;
    if (!row->value)
        return row->id;
    if (!attached) {
        attached = o->words[0];
        if (!attached)
            return fail_usage(f, "%s%s wants a value: %s", row->name ? "--" : "-",
                              row->name ? row->name : (char[]){(char)row->letter, 0}, row->value);
        o->words++;
    }
    *ret_value = attached;
    return row->id;
}

static int next_long(struct options *o, const char *word, const char **ret_value, struct failure *f)
{
    size_t length = strcspn(word, "=");
    const char *attached = word[length] == '=' ? word + length + 1 : NULL;
    for (size_t i = 0; i < o->row_count; i++) {
        const struct option_row *row = &o->rows[i];
        if (!row->name || strlen(row->name) != length || strncmp(row->name, word, length) != 0)
            continue;
        if (attached && !row->value)
            return fail_usage(f, "--%s takes no value", row->name);
        return take_value(o, row, attached, ret_value, f);
    }
    return fail_usage(f, "unknown option --%.*s", (int)length, word);
}

static int next_letter(struct options *o, const char **ret_value, struct failure *f)
{
    int letter = (unsigned char)*o->cluster++;
    for (size_t i = 0; i < o->row_count; i++) {
        const struct option_row *row = &o->rows[i];
        if (row->letter != letter)
            continue;
        const char *attached = *o->cluster != '\0' ? o->cluster : NULL;
        if (row->value || !attached)
            o->cluster = NULL;
        return take_value(o, row, attached, ret_value, f);
    }
    return fail_usage(f, "unknown option -%c", letter);
}

int options_next(struct options *o, const char **ret_value, struct failure *f)
{
    if (o->cluster)
        return next_letter(o, ret_value, f);
    const char *word = o->words[0];
    if (!word || word[0] != '-' || word[1] == '\0')
        return 0;
    o->words++;
    if (strcmp(word, "--") == 0) {
        o->ended_by_dashes = true;
        return 0;
    }
    if (word[1] == '-')
        return next_long(o, word + 2, ret_value, f);
    o->cluster = word + 1;
    return next_letter(o, ret_value, f);
}

void options_print(const struct option_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct option_row *row = &rows[i];
        char left[80];
        size_t n = 0;
        if (!row->help)
            continue;
        if (row->letter)
            n = format_text(left, sizeof(left), "-%c", row->letter);
        if (row->name)
            n += format_text(left + n, sizeof(left) - n, "%s--%s", row->letter ? ", " : "    ", row->name);
        if (row->value)
            n += format_text(left + n, sizeof(left) - n, " %s", row->value);
        while (n < 26)
            left[n++] = ' ';
        left[n] = '\0';
        print("  %s %s\n", left, row->help);
    }
}
