/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "formats/timestamp.h"
#include "oci/commands.h"
#include "oci/container.h"

#include <dirent.h>

struct list_options {
    char *format;
    bool quiet;
};

struct listing {
    struct container *containers;
    struct oci_state *states;
    size_t count;
};

static void listing_free(struct listing *l)
{
    for (size_t i = 0; i < l->count; i++)
        container_close(&l->containers[i]);
    free(l->containers);
    free(l->states);
}

/* One that is deleted meanwhile is none. */
static int listing_add(struct listing *l, struct runtime *rt, const char *id)
{
    struct failure gone = {0};
    struct container c = CONTAINER_EMPTY;
    if (container_open(rt, id, false, &c, &gone) < 0) {
        container_close(&c);
        return 0;
    }
    struct container *containers = reallocarray(l->containers, l->count + 1, sizeof(*containers));
    if (containers)
        l->containers = containers;
    else {
        container_close(&c);
        return -ENOMEM;
    }
    l->containers[l->count++] = c;
    return 0;
}

static int by_id(const void *a, const void *b)
{
    return __builtin_strcmp(((const struct container *)a)->id, ((const struct container *)b)->id);
}

static int listing_read(struct listing *l, struct runtime *rt)
{
    DIR *d = opendir(rt->root);
    if (!d)
        return errno == ENOENT ? 0 : -errno;
    int r = 0;
    for (const struct dirent *e = readdir(d); e && r == 0; e = readdir(d))
        if (e->d_name[0] != '.')
            r = listing_add(l, rt, e->d_name);
    (void)closedir(d); /* only read */
    if (r == 0 && l->count > 0)
        qsort(l->containers, l->count, sizeof(*l->containers), by_id);
    l->states = r == 0 ? calloc(l->count + 1, sizeof(*l->states)) : NULL;
    if (!l->states)
        return r < 0 ? r : -ENOMEM;
    for (size_t i = 0; i < l->count; i++)
        container_describe(&l->containers[i], container_status(&l->containers[i]), &l->states[i]);
    return 0;
}

static void print_table(const struct listing *l)
{
    char created[TIMESTAMP_SIZE];
    printf("%-24s %-10s %-10s %-40s %-32s %s\n", "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER");
    for (size_t i = 0; i < l->count; i++) {
        const struct oci_state *s = &l->states[i];
        printf("%-24s %-10d %-10s %-40s %-32s %s\n", s->id, (int)s->pid, oci_status_name(s->status),
               s->bundle, timestamp_write(s->created, created), s->owner);
    }
}

static int run_list(struct runtime *rt, void *options, const struct arguments *arguments,
                    struct failure *failure)
{
    const struct list_options *o = options;
    struct listing l = {0};
    autofree char *text = NULL;
    (void)arguments;
    if (o->format && !streq(o->format, "json") && !streq(o->format, "table"))
        return refuse(failure, -EINVAL, "invalid format option");
    int r = listing_read(&l, rt);
    if (r == 0 && o->quiet)
        for (size_t i = 0; i < l.count; i++)
            printf("%s\n", l.containers[i].id);
    else if (r == 0 && streq(o->format, "json")) {
        r = oci_state_write_list(l.states, l.count, &text);
        if (r == 0)
            printf("%s\n", text);
    } else if (r == 0)
        print_table(&l);
    listing_free(&l);
    return r < 0 ? fail(failure, r, "listing %s", rt->root) : 0;
}

#define ROW(member) OPTION(struct list_options, member)
static const struct option rows[] = {
    {"format", 'f', OPTION_STRING, ROW(format), "table|json", "How (default: table)"},
    {"quiet", 'q', OPTION_BOOL, ROW(quiet), NULL, "Ids alone"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};

const struct command cmd_list = {
    .name = "list",
    .usage = "[OPTIONS]",
    .summary = "List the containers below --root",
    .options = {.tables = tables, .single_dash_names = true},
    .options_size = sizeof(struct list_options),
    .max_args = 0,
    .run = run_list,
};
