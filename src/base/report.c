/* SPDX-License-Identifier: Apache-2.0 */
#include "base/report.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define REPORT_LIMIT 1000

static void finding_free(struct finding *f)
{
    free(f->place);
    free(f->rule);
    free(f->text);
    *f = (struct finding){0};
}

int report_add(struct report *r, const char *place, const char *rule, const char *format, ...)
{
    struct finding f = {.place = strdup(place), .rule = strdup(rule)};
    va_list args;
    va_start(args, format);
    if (vasprintf(&f.text, format, args) < 0)
        f.text = NULL;
    va_end(args);
    struct finding *items = NULL;
    if (f.place && f.rule && f.text && r->count < REPORT_LIMIT)
        items = reallocarray(r->items, r->count + 1, sizeof(*items));
    if (!items) {
        finding_free(&f);
        r->dropped++;
        return -EINVAL;
    }
    text_make_printable(f.place); /* names of strangers stand in both */
    text_make_printable(f.text);
    r->items = items;
    r->items[r->count++] = f;
    return -EINVAL;
}

void report_free(struct report *r)
{
    for (size_t i = 0; i < r->count; i++)
        finding_free(&r->items[i]);
    free(r->items);
    *r = (struct report){0};
}
