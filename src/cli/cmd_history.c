/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/human.h"
#include "cli/image_rows.h"
#include "cli/say.h"
#include "cli/table.h"
#include "cli/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SHORT_ID 12
#define SHORT_CREATED_BY 45

struct history_options {
    char *format;
    int human;
    bool no_trunc, quiet;
};

static const struct listing_column columns[] = {
    {"ID", "IMAGE"},
    {"CreatedAt", "CREATED AT"},
    {"CreatedSince", "CREATED"},
    {"CreatedBy", "CREATED BY"},
    {"Size", "SIZE"},
    {"Comment", "COMMENT"},
    {NULL, NULL},
};

static struct json_object *make_row(const struct history_options *o, const struct image_history_row *h)
{
    autotext struct text id = {0}, since = {0}, at = {0}, size = {0}, clean = {0}, by = {0};
    struct json_object *row = json_object_new_object();
    if (!row)
        return NULL;
    text_append_n(&id, h->id.hex, strnlen(h->id.hex, o->no_trunc ? sizeof(h->id.hex) : SHORT_ID));
    row_put(row, "ID", !id.length ? "<missing>" : text_peek(&id));
    print_age(h->created, (int64_t)time(NULL), &since);
    human_time(&at, h->created);
    row_put_text(row, "CreatedAt", &at);
    row_put_text(row, "CreatedSince", o->human ? &since : &at);
    display_clean(h->created_by ? h->created_by : "", &clean);
    display_truncate(text_peek(&clean), o->no_trunc ? SIZE_MAX : SHORT_CREATED_BY, &by);
    row_put_text(row, "CreatedBy", &by);
    if (o->human)
        human_size(&size, h->size_bytes);
    else
        text_printf(&size, "%llu", (unsigned long long)h->size_bytes);
    row_put_text(row, "Size", &size);
    row_put(row, "Comment", h->comment);
    return row;
}

static int print_rows(const struct history_options *o, const struct image_history_row *rows, size_t count,
                      struct failure *failure)
{
    autolisting struct listing l = {0};
    const char *text;
    int r = listing_begin(&l, o->quiet && !o->format ? "{{.ID}}" : o->format,
                          "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}", columns,
                          failure);
    for (size_t i = 0; i < count && r == 0; i++) {
        struct json_object *row = make_row(o, &rows[i]);
        r = row ? listing_add(&l, row, NULL, failure) : fail(failure, -ENOMEM, "listing the history");
        json_object_put(row);
    }
    if (r == 0)
        r = listing_finish(&l, &text, failure);
    if (r == 0)
        (void)fputs(text, stdout); /* finish_output() sees a failing write */
    return r;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct image_history_row *rows = NULL;
    struct failure failure = {0};
    size_t count = 0;
    int r = image_history(cli->engine, arguments->items[0], &rows, &count, &failure);
    if (r == 0) {
        r = print_rows(options, rows, count, &failure);
        image_history_free(rows, count);
    }
    return r < 0 ? say_failure(cli, &failure) : 0;
}

#define ROW(member) OPTION(struct history_options, member)
static const struct option option_rows[] = {
    {"format", 0, OPTION_STRING, ROW(format), "FORMAT", "table, json, \"table TEMPLATE\" or a Go template"},
    {"human", 'H', OPTION_TRISTATE, ROW(human), NULL, "Ages and sizes for people (default true)"},
    {"no-trunc", 0, OPTION_BOOL, ROW(no_trunc), NULL, "Do not shorten"},
    {"quiet", 'q', OPTION_BOOL, ROW(quiet), NULL, "Print ids only"},
    {NULL},
};
static const struct option *const tables[] = {option_rows, NULL};
static const char *const *const absent[] = {absent_history_flags, NULL};

const struct command cmd_history = {
    .name = "history",
    .usage = "[OPTIONS] IMAGE",
    .summary = "Show what an image is made of",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct history_options),
    .defaults = &(const struct history_options){.human = -1},
    .min_args = 1,
    .max_args = 1,
    .needs_engine = true,
    .run = run,
};
