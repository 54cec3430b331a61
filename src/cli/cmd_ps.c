/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/container_rows.h"
#include "cli/say.h"
#include "cli/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

struct ps_options {
    bool all, latest, no_trunc, quiet;
    int last;
    struct strings filters;
    char *format;
};

/* A filter on a state that is not running, -l and -n look at all containers. */
static bool wants_all(const struct ps_options *o)
{
    for (size_t i = 0; i < o->filters.count; i++)
        if (string_after(o->filters.items[i], "status=") || string_after(o->filters.items[i], "exited="))
            return true;
    return o->all || o->latest || o->last >= 0;
}

static int add_rows(const struct ps_options *o, const struct container_list *list, struct listing *l,
                    struct failure *failure)
{
    int left = o->latest ? 1 : o->last;
    int64_t now = (int64_t)time(NULL);
    int r = 0;
    for (size_t i = 0; i < list->count && r == 0 && left != 0; i++) {
        const struct container_summary *c = &list->items[i];
        if (!filters_match(container_filters, &o->filters, c))
            continue;
        struct json_object *row = make_container_row(c, now, o->no_trunc);
        struct json_object *labels = make_label_object(&c->labels);
        r = row && labels ? listing_add(l, row, labels, failure)
                          : fail(failure, -ENOMEM, "listing containers");
        json_object_put(row);
        json_object_put(labels);
        left -= left > 0;
    }
    return r;
}

static int print_list(const struct ps_options *o, const struct container_list *list, struct failure *failure)
{
    autolisting struct listing l = {0};
    const char *format = o->quiet && !o->format ? "{{.ID}}" : o->format, *text;
    int r = listing_begin(&l, format, CONTAINER_TABLE, container_columns, failure);
    if (r == 0)
        r = add_rows(o, list, &l, failure);
    if (r == 0)
        r = listing_finish(&l, &text, failure);
    if (r == 0)
        (void)fputs(text, stdout); /* finish_output() sees a failing write */
    return r;
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct ps_options *o = options;
    struct failure failure = {0};
    return filters_check(container_filters, &o->filters, &failure) < 0 ? say_usage(cli, "%s", failure.text)
                                                                       : 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct ps_options *o = options;
    struct container_list list = {0};
    struct failure failure = {0};
    int r = container_list(cli->engine, wants_all(o), &list, &failure);
    if (r == 0)
        r = print_list(o, &list, &failure);
    container_list_free(&list);
    return r < 0 ? say_failure(cli, &failure) : 0;
}

#define ROW(member) OPTION(struct ps_options, member)
static const struct option rows[] = {
    {"all", 'a', OPTION_BOOL, ROW(all), NULL, "Show all containers (default: those that run)"},
    {"filter", 'f', OPTION_STRINGS, ROW(filters), "KEY=VALUE",
     "id, name, status, label, ancestor, exited, volume, network"},
    {"format", 0, OPTION_STRING, ROW(format), "FORMAT", "table, json, \"table TEMPLATE\" or a Go template"},
    {"last", 'n', OPTION_INT, ROW(last), NULL, "Show the N containers made last"},
    {"latest", 'l', OPTION_BOOL, ROW(latest), NULL, "Show the container made last"},
    {"no-trunc", 0, OPTION_BOOL, ROW(no_trunc), NULL, "Do not shorten ids and commands"},
    {"quiet", 'q', OPTION_BOOL, ROW(quiet), NULL, "Print ids only"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_ps_flags, NULL};

const struct command cmd_ps = {
    .name = "ps",
    .usage = "[OPTIONS]",
    .summary = "List containers",
    .notes = "Fields of a template: ID Image ImageID Command CreatedAt RunningFor Status State Ports Names "
             "Labels\n"
             "Mounts Networks LocalVolumes Pid User RootMode HostIds, and the method .Label \"name\".",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct ps_options),
    .defaults = &(const struct ps_options){.last = -1},
    .needs_engine = true,
    .check = check,
    .run = run,
};
