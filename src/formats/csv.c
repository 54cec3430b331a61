/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/csv.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

/* Reads a field up to its comma or the end; returns where it stopped, NULL for a bad one. */
static const char *read_field(const char *at, struct text *field)
{
    if (*at != '"') {
        size_t n = strcspn(at, ",\"");
        text_append_n(field, at, n);
        return at[n] == '"' ? NULL : at + n;
    }
    for (at++; *at != '\0'; at++) {
        if (*at != '"')
            text_append_char(field, *at);
        else if (*++at == '"')
            text_append_char(field, '"');
        else
            return *at == '\0' || *at == ',' ? at : NULL;
    }
    return NULL;
}

int csv_split(const char *text, struct strings *fields)
{
    if (strpbrk(text, "\r\n"))
        return -EINVAL;
    for (const char *at = text;; at++) {
        autotext struct text field = {0};
        at = read_field(at, &field);
        if (!at)
            return -EINVAL;
        int r = strings_add_taken(fields, text_take(&field));
        if (r < 0)
            return r;
        if (*at == '\0')
            return 0;
    }
}

char *csv_quote(const char *field)
{
    autotext struct text quoted = {0};
    if (!strpbrk(field, ",\"")) {
        text_append(&quoted, field);
        return text_take(&quoted);
    }
    text_append_char(&quoted, '"');
    for (; *field != '\0'; field++) {
        if (*field == '"')
            text_append_char(&quoted, '"');
        text_append_char(&quoted, *field);
    }
    text_append_char(&quoted, '"');
    return text_take(&quoted);
}
