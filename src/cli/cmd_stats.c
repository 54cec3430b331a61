/* SPDX-License-Identifier: Apache-2.0 */
/* What containers use: once, or again and again; in a terminal in place. */
#include "cli/absent.h"
#include "cli/sample_rows.h"
#include "cli/say.h"
#include "cli/table.h"
#include "cli/verbs.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_MAX_S 86400

struct stats_options {
    bool all, no_stream, no_trunc;
    char *format;
    uint32_t interval_s;
};

/* One container over the rounds. */
struct watched {
    char id[CONTAINER_ID_LENGTH + 1];
    const char *word; /* as it was asked for, lent; NULL: found by itself */
    struct container_sample before, now;
};

struct watch {
    struct cli *cli;
    const struct stats_options *options;
    const struct arguments *arguments;
    struct watched *items;
    size_t count;
    struct container_list list; /* of the round */
};

static const struct container_summary *find_summary(const struct watch *w, const char *id)
{
    for (size_t i = 0; i < w->list.count; i++)
        if (streq(w->list.items[i].id, id))
            return &w->list.items[i];
    return NULL;
}

static const struct watched *find_watched(const struct watched *items, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (streq(items[i].id, id))
            return &items[i];
    return NULL;
}

static bool is_wanted(const struct watch *w, const struct container_summary *c)
{
    return w->options->all || c->status == CONTAINER_RUNNING || c->status == CONTAINER_PAUSED;
}

/* The containers that were named; one that is gone meanwhile is left out. */
static size_t keep_named(const struct watch *w, struct watched *next)
{
    size_t count = 0;
    for (size_t i = 0; i < w->count; i++)
        if (find_summary(w, w->items[i].id))
            next[count++] = w->items[i];
    return count;
}

static size_t take_listed(const struct watch *w, struct watched *next)
{
    size_t count = 0;
    for (size_t i = 0; i < w->list.count; i++) {
        const struct container_summary *c = &w->list.items[i];
        if (!is_wanted(w, c))
            continue;
        const struct watched *known = find_watched(w->items, w->count, c->id);
        if (known)
            next[count] = *known;
        else
            memcpy(next[count].id, c->id, sizeof(c->id));
        count++;
    }
    return count;
}

/* Lists, and samples each. */
static int take_round(struct watch *w, struct failure *failure)
{
    container_list_free(&w->list);
    w->list = (struct container_list){0};
    int r = container_list(w->cli->engine, true, &w->list, failure);
    if (r < 0)
        return r;
    struct watched *next = calloc(w->count + w->list.count + 1, sizeof(*next));
    if (!next)
        return fail(failure, -ENOMEM, "looking at the containers");
    size_t count = w->arguments->count > 0 ? keep_named(w, next) : take_listed(w, next);
    free(w->items);
    w->items = next;
    w->count = count;
    for (size_t i = 0; i < count && r == 0; i++) {
        next[i].before = next[i].now;
        r = container_sample(w->cli->engine, next[i].id, &next[i].now, failure);
        if (r == -ENOENT) /* removed a moment ago: the next round leaves it out */
            r = 0;
    }
    return r;
}

static int add_row(const struct watch *w, const struct watched *one, struct listing *l,
                   struct failure *failure)
{
    const struct container_summary *summary = find_summary(w, one->id);
    const struct sample_row row = {
        .id = one->id,
        .name = summary->name,
        .container = one->word,
        .before = one->before,
        .now = one->now,
        .no_trunc = w->options->no_trunc,
    };
    struct json_object *object = make_sample_row(&row);
    int r = object ? listing_add(l, object, NULL, failure) : fail(failure, -ENOMEM, "listing containers");
    json_object_put(object);
    return r;
}

/* In place: from the upper left corner on, as much as the screen holds, what stood below taken away. */
static void draw(const char *text)
{
    autotext struct text frame = {0};
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 1;
    size_t rows = known ? size.ws_row - 1u : 23, columns = known ? size.ws_col : 80;
    text_append(&frame, "\033[H");
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n"), width = display_width(line, length);
        size_t needed = width > columns ? (width + columns - 1) / columns : 1; /* the terminal breaks it */
        if (needed > rows)
            break;
        rows -= needed;
        text_append_n(&frame, line, length);
        text_append(&frame, "\033[K\n");
        line += length + (line[length] == '\n');
    }
    text_append(&frame, "\033[J");
    (void)fwrite(text_peek(&frame), 1, frame.length, stdout); /* print_round() asks */
}

static int print_round(const struct watch *w, bool in_place, struct failure *failure)
{
    autolisting struct listing l = {0};
    const char *text;
    int r = listing_begin(&l, w->options->format, SAMPLE_TABLE, sample_columns, failure);
    for (size_t i = 0; i < w->count && r == 0; i++)
        r = add_row(w, &w->items[i], &l, failure);
    if (r == 0)
        r = listing_finish(&l, &text, failure);
    if (r < 0)
        return r;
    if (in_place)
        draw(text);
    else
        (void)fputs(text, stdout);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : fail(failure, -errno, "writing the output");
}

static bool anything_runs(const struct watch *w)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->items[i].now.running)
            return true;
    return false;
}

static void pause_between(uint32_t seconds)
{
    struct timespec left = {.tv_sec = seconds};
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

static int watch_once(struct watch *w, struct failure *failure)
{
    int r = take_round(w, failure);
    if (r == 0 && anything_runs(w)) { /* processor time is a difference */
        pause_between(1);
        r = take_round(w, failure);
    }
    return r < 0 ? r : print_round(w, false, failure);
}

/* Until a signal ends the program, the output ends, or nothing of what was named is left. No state of the
 * terminal is changed, so that nothing needs to be put back. */
static int watch_on(struct watch *w, struct failure *failure)
{
    bool in_place = isatty(STDOUT_FILENO);
    int r = take_round(w, failure);
    if (r == 0 && in_place)
        (void)fputs("\033[2J", stdout);
    while (r == 0) {
        if (w->arguments->count > 0 && w->count == 0)
            return 0;
        r = in_place ? print_round(w, true, failure) : 0;
        if (r == 0) {
            pause_between(w->options->interval_s);
            r = take_round(w, failure);
        }
        if (r == 0 && !in_place)
            r = print_round(w, false, failure);
    }
    return r;
}

/* Names become ids once: one that is not there is said before anything is shown. */
static int resolve(struct watch *w, struct failure *failure)
{
    int count = w->arguments->count;
    w->items = calloc((size_t)count + 1, sizeof(*w->items));
    if (!w->items)
        return fail(failure, -ENOMEM, "looking for the containers");
    for (int i = 0; i < count; i++) {
        struct watched *one = &w->items[w->count];
        one->word = w->arguments->items[i];
        int r = container_find(w->cli->engine, one->word, one->id, failure);
        if (r < 0)
            return r;
        w->count += !find_watched(w->items, w->count, one->id);
    }
    return 0;
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct stats_options *o = options;
    return o->interval_s == 0 || o->interval_s > INTERVAL_MAX_S
               ? say_usage(cli, "--interval: a number of seconds from 1 to %d", INTERVAL_MAX_S)
               : 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct stats_options *o = options;
    struct watch w = {.cli = cli, .options = o, .arguments = arguments};
    struct failure failure = {0};
    int r = resolve(&w, &failure);
    if (r == 0)
        r = o->no_stream ? watch_once(&w, &failure) : watch_on(&w, &failure);
    container_list_free(&w.list);
    free(w.items);
    return r < 0 ? say_failure(cli, &failure) : 0;
}

#define ROW(member) OPTION(struct stats_options, member)
static const struct option rows[] = {
    {"all", 'a', OPTION_BOOL, ROW(all), NULL, "Show all containers (default: those that run)"},
    {"format", 0, OPTION_STRING, ROW(format), "FORMAT", "table, json, \"table TEMPLATE\" or a Go template"},
    {"interval", 'i', OPTION_U32, ROW(interval_s), "SECONDS", "Time between two looks (default 1)"},
    {"no-stream", 0, OPTION_BOOL, ROW(no_stream), NULL, "Look once, for a second, and end"},
    {"no-trunc", 0, OPTION_BOOL, ROW(no_trunc), NULL, "Do not shorten ids"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_stats_flags, NULL};

const struct command cmd_stats = {
    .name = "stats",
    .usage = "[OPTIONS] [CONTAINER...]",
    .summary = "Show what containers use: processor, memory, network, disks, processes",
    .notes = "In a terminal it is shown in place until ^C. CPU % is of one processor; memory is without the "
             "page cache that\n"
             "can be given back at once; \"--\" is what nothing counts, as the network of --network=host.\n"
             "Fields of a template: Container ID Name CPUPerc MemUsage MemPerc NetIO BlockIO PIDs.",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct stats_options),
    .defaults = &(const struct stats_options){.interval_s = 1},
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .check = check,
    .run = run,
};
