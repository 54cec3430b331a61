/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "cli/human.h"
#include "cli/listing.h"
#include "cli/say.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "engine/image_tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SHORT_ID 12
#define STEP_WIDTH 90
#define TOP_MAX 100000u

struct tree_options {
    char *format;
    uint32_t top;
    bool no_trunc;
};

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct tree_options *o = options;
    if (o->format && !streq(o->format, "json"))
        return say_usage(cli, "--format %s: only json is there", o->format);
    if (o->top > TOP_MAX)
        return say_usage(cli, "--top %u: at most %u", o->top, TOP_MAX);
    return 0;
}

/* JSON has no other bytes than UTF-8. */
static struct json_object *make_path(const char *path)
{
    autotext struct text clean = {0};
    if (utf8_is_valid(path, strlen(path)))
        return json_object_new_string(path);
    display_clean(path, &clean);
    return json_object_new_string(text_peek(&clean));
}

static struct json_object *make_paths(const struct image_tree_path *paths, size_t count, bool with_size)
{
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; list && i < count; i++) {
        if (!with_size) {
            json_object_array_add(list, make_path(paths[i].path));
            continue;
        }
        struct json_object *path = json_object_new_object();
        json_object_object_add(path, "Path", make_path(paths[i].path));
        json_object_object_add(path, "Size", json_object_new_int64((int64_t)paths[i].size_bytes));
        json_object_array_add(list, path);
    }
    return list;
}

static struct json_object *make_layer(const struct image_tree_layer *l)
{
    char id[DIGEST_TEXT_LENGTH + 1];
    struct json_object *o = json_object_new_object();
    json_object_object_add(o, "DiffID", json_object_new_string(digest_write(&l->diffid, id)));
    json_object_object_add(o, "CreatedBy", json_object_new_string(l->created_by));
    json_object_object_add(o, "Size", json_object_new_int64((int64_t)l->size_bytes));
    json_object_object_add(o, "Files", json_object_new_int64((int64_t)l->file_count));
    json_object_object_add(o, "Added", make_paths(l->added, l->added_count, true));
    json_object_object_add(o, "RestCount", json_object_new_int64((int64_t)l->rest_count));
    json_object_object_add(o, "RestSize", json_object_new_int64((int64_t)l->rest_bytes));
    json_object_object_add(o, "Removed", make_paths(l->removed, l->removed_listed, false));
    json_object_object_add(o, "RemovedCount", json_object_new_int64((int64_t)l->removed_count));
    return o;
}

static void print_json(const struct image_tree *tree)
{
    char id[DIGEST_TEXT_LENGTH + 1];
    struct json_object *o = json_object_new_object(), *layers = json_object_new_array();
    json_object_object_add(o, "Id", json_object_new_string(digest_write(&tree->id, id)));
    for (size_t i = 0; i < tree->count; i++)
        json_object_array_add(layers, make_layer(&tree->layers[i]));
    json_object_object_add(o, "Layers", layers);
    (void)puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(o);
}

/* "  12.3MB", as wide as all of them are. */
static void print_size(struct text *t, uint64_t bytes)
{
    autotext struct text size = {0};
    human_size(&size, bytes);
    text_printf(t, "%9s", text_peek(&size));
}

static void print_paths(struct text *t, const struct image_tree_layer *l, const char *bar)
{
    for (size_t i = 0; i < l->added_count; i++) {
        text_printf(t, "%s   ", bar);
        print_size(t, l->added[i].size_bytes);
        text_append(t, "  ");
        display_clean(l->added[i].path, t);
        text_append_char(t, '\n');
    }
    if (l->rest_count > 0) {
        text_printf(t, "%s   ", bar);
        print_size(t, l->rest_bytes);
        text_printf(t, "  in %llu more\n", (unsigned long long)l->rest_count);
    }
    for (size_t i = 0; i < l->removed_listed; i++) {
        text_printf(t, "%s     removed  ", bar);
        display_clean(l->removed[i].path, t);
        text_append_char(t, '\n');
    }
    if (l->removed_count > l->removed_listed)
        text_printf(t, "%s     removed  %llu more\n", bar,
                    (unsigned long long)(l->removed_count - l->removed_listed));
}

static void print_layer(struct text *t, const struct tree_options *o, const struct image_tree_layer *l,
                        bool last)
{
    autotext struct text clean = {0}, step = {0};
    display_clean(l->created_by[0] ? l->created_by : "(no history)", &clean);
    display_truncate(text_peek(&clean), o->no_trunc ? SIZE_MAX : STEP_WIDTH, &step);
    text_append(t, last ? "└─ " : "├─ ");
    print_size(t, l->size_bytes);
    text_printf(t, "  %s\n", text_peek(&step));
    print_paths(t, l, last ? "  " : "│ ");
}

static void print_tree(struct text *t, const struct tree_options *o, const char *who,
                       const struct image_tree *tree)
{
    autotext struct text size = {0};
    uint64_t total = 0;
    for (size_t i = 0; i < tree->count; i++)
        total += tree->layers[i].size_bytes;
    human_size(&size, total);
    text_printf(t, "%s  %.*s  %s in %zu layer%s\n", who, o->no_trunc ? DIGEST_HEX_LENGTH : SHORT_ID,
                tree->id.hex, text_peek(&size), tree->count, tree->count == 1 ? "" : "s");
    for (size_t i = 0; i < tree->count; i++)
        print_layer(t, o, &tree->layers[i], i + 1 == tree->count);
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct tree_options *o = options;
    struct image_tree tree = {0};
    struct failure failure = {0};
    autotext struct text text = {0};
    int r = image_tree_read(cli->engine, arguments->items[0], o->top, &tree, &failure);
    if (r < 0)
        return say_failure(cli, &failure);
    if (o->format)
        print_json(&tree);
    else
        print_tree(&text, o, arguments->items[0], &tree);
    image_tree_free(&tree);
    if (text_error(&text) < 0) {
        (void)fail(&failure, -ENOMEM, "listing the layers"); /* said below */
        return say_failure(cli, &failure);
    }
    (void)fputs(text_peek(&text), stdout); /* finish_output() sees a failing write */
    return 0;
}

#define ROW(member) OPTION(struct tree_options, member)
static const struct option rows[] = {
    {"format", 0, OPTION_STRING, ROW(format), "json", "Everything as JSON"},
    {"no-trunc", 0, OPTION_BOOL, ROW(no_trunc), NULL, "Do not shorten"},
    {"top", 0, OPTION_U32, ROW(top), "N", "Show at most N paths a layer (default 8)"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};

const struct command cmd_image_tree = {
    .name = "image tree",
    .usage = "[OPTIONS] IMAGE",
    .summary = "Show what each layer of an image added and removed",
    .options = {.tables = tables},
    .options_size = sizeof(struct tree_options),
    .defaults = &(const struct tree_options){.top = 8},
    .min_args = 1,
    .max_args = 1,
    .needs_engine = true,
    .check = check,
    .run = run,
};
