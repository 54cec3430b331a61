/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/filter.h"
#include "cli/human.h"
#include "cli/listing.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/volume.h"

#include <errno.h>
#include <stdio.h>

struct volume_ls_options {
    bool quiet;
    struct strings filters;
    char *format;
};

static const struct listing_column columns[] = {
    {"Driver", "DRIVER"}, {"Name", "VOLUME NAME"},     {"Scope", "SCOPE"},
    {"Labels", "LABELS"}, {"CreatedAt", "CREATED AT"}, {NULL, NULL},
};

static bool match_name(const void *object, const char *value)
{
    return filter_match_pattern(((const struct volume *)object)->name, value);
}

static bool match_label(const void *object, const char *value)
{
    return filter_match_label(&((const struct volume *)object)->labels, value);
}

static const struct filter_key filters[] = {
    {"dangling", NULL, NULL},
    {"driver", NULL, NULL},
    {"label", match_label, NULL},
    {"name", match_name, NULL},
    {NULL},
};

static struct json_object *make_row(const struct volume *v)
{
    struct json_object *row = json_object_new_object();
    autotext struct text created = {0};
    if (!row)
        return NULL;
    human_time(&created, (int64_t)v->created.tv_sec);
    row_put_text(row, "CreatedAt", &created);
    row_put(row, "Driver", "local");
    json_object_object_add(row, "Labels", make_label_text(&v->labels));
    row_put(row, "Name", v->name);
    row_put(row, "Scope", "local");
    return row;
}

static int add_rows(const struct volume_ls_options *o, const struct volume_list *list, struct listing *l,
                    struct failure *failure)
{
    int r = 0;
    for (size_t i = 0; i < list->count && r == 0; i++) {
        if (!filters_match(filters, &o->filters, &list->items[i]))
            continue;
        struct json_object *row = make_row(&list->items[i]);
        struct json_object *labels = make_label_object(&list->items[i].labels);
        r = row && labels ? listing_add(l, row, labels, failure) : fail(failure, -ENOMEM, "listing volumes");
        json_object_put(row);
        json_object_put(labels);
    }
    return r;
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct volume_ls_options *o = options;
    struct failure failure = {0};
    return filters_check(filters, &o->filters, &failure) < 0 ? say_usage(cli, "%s", failure.text) : 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct volume_ls_options *o = options;
    autolisting struct listing l = {0};
    struct volume_list list = {0};
    struct failure failure = {0};
    const char *text;
    int r = volume_list(cli->engine, &list, &failure);
    if (r == 0)
        r = listing_begin(&l, o->quiet && !o->format ? "{{.Name}}" : o->format, "{{.Driver}}\t{{.Name}}",
                          columns, &failure);
    if (r == 0)
        r = add_rows(o, &list, &l, &failure);
    if (r == 0)
        r = listing_finish(&l, &text, &failure);
    if (r == 0)
        (void)fputs(text, stdout); /* finish_output() sees a failing write */
    volume_list_free(&list);
    return r < 0 ? say_failure(cli, &failure) : 0;
}

#define ROW(member) OPTION(struct volume_ls_options, member)
static const struct option rows[] = {
    {"filter", 'f', OPTION_STRINGS, ROW(filters), "KEY=VALUE", "name, label"},
    {"format", 0, OPTION_STRING, ROW(format), "FORMAT", "table, json, \"table TEMPLATE\" or a Go template"},
    {"quiet", 'q', OPTION_BOOL, ROW(quiet), NULL, "Print names only"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_volume_ls_flags, NULL};

const struct command cmd_volume_ls = {
    .name = "volume ls",
    .usage = "[OPTIONS]",
    .summary = "List volumes",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct volume_ls_options),
    .needs_engine = true,
    .check = check,
    .run = run,
};
