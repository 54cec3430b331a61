/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/image_rows.h"
#include "cli/say.h"
#include "cli/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

struct images_options {
    bool all, digests, no_trunc, quiet;
    struct strings filters;
    char *format;
};

struct images_list {
    const struct images_options *options;
    const char *wanted; /* REPOSITORY[:TAG] or NULL */
    int64_t now;
    struct listing listing;
    const struct image_summary *last; /* with -q an image is listed once */
};

static int add_line(struct images_list *l, const struct image_line *line, struct failure *failure)
{
    const struct images_options *o = l->options;
    if (!image_line_fits(line, l->wanted) || !filters_match(image_filters, &o->filters, line))
        return 0;
    if (o->quiet && !o->format && l->last == line->image)
        return 0;
    l->last = line->image;
    struct json_object *row = make_image_row(line, l->now, o->no_trunc);
    struct json_object *labels = make_label_object(&line->image->labels);
    int r = row && labels ? listing_add(&l->listing, row, labels, failure)
                          : fail(failure, -ENOMEM, "listing images");
    json_object_put(row);
    json_object_put(labels);
    return r;
}

static int add_image(struct images_list *l, const struct image_summary *image, struct failure *failure)
{
    int r = 0;
    for (size_t i = 0; i == 0 || i < image->references.count; i++) {
        struct image_line line;
        r = image_line_fill(&line, image, image->references.count > 0 ? image->references.items[i] : NULL);
        r = r < 0 ? fail(failure, r, "listing images") : add_line(l, &line, failure);
        image_line_free(&line);
        if (r < 0)
            return r;
    }
    return r;
}

static int print_list(struct images_list *l, const struct image_list *images, struct failure *failure)
{
    const struct images_options *o = l->options;
    const char *format = o->quiet && !o->format ? "{{.ID}}" : o->format, *text;
    int r = listing_begin(&l->listing, format, o->digests ? IMAGE_DIGEST_TABLE : IMAGE_TABLE, image_columns,
                          failure);
    for (size_t i = 0; i < images->count && r == 0; i++)
        r = add_image(l, &images->items[i], failure);
    if (r == 0)
        r = listing_finish(&l->listing, &text, failure);
    if (r == 0)
        (void)fputs(text, stdout); /* finish_output() sees a failing write */
    listing_free(&l->listing);
    return r;
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct images_options *o = options;
    struct failure failure = {0};
    return filters_check(image_filters, &o->filters, &failure) < 0 ? say_usage(cli, "%s", failure.text) : 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct images_options *o = options;
    struct images_list list = {.options = o,
                               .wanted = arguments->count > 0 ? arguments->items[0] : NULL,
                               .now = (int64_t)time(NULL)};
    struct image_list images = {0};
    struct failure failure = {0};
    int r = image_list(cli->engine, &images, &failure);
    if (r == 0)
        r = print_list(&list, &images, &failure);
    image_list_free(&images);
    return r < 0 ? say_failure(cli, &failure) : 0;
}

#define ROW(member) OPTION(struct images_options, member)
static const struct option rows[] = {
    {"all", 'a', OPTION_BOOL, ROW(all), NULL, "Also images without a reference (they are always listed)"},
    {"digests", 0, OPTION_BOOL, ROW(digests), NULL, "Show the digests of the manifests"},
    {"filter", 'f', OPTION_STRINGS, ROW(filters), "KEY=VALUE", "dangling, id, label, reference"},
    {"format", 0, OPTION_STRING, ROW(format), "FORMAT", "table, json, \"table TEMPLATE\" or a Go template"},
    {"no-trunc", 0, OPTION_BOOL, ROW(no_trunc), NULL, "Do not shorten ids"},
    {"quiet", 'q', OPTION_BOOL, ROW(quiet), NULL, "Print ids only"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_images_flags, NULL};

const struct command cmd_images = {
    .name = "images",
    .usage = "[OPTIONS] [REPOSITORY[:TAG]]",
    .summary = "List images",
    .notes =
        "Fields of a template: Repository Tag Digest ID CreatedAt CreatedSince Size Containers Labels User\n"
        "Architecture Os, and the method .Label \"name\".",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct images_options),
    .max_args = 1,
    .needs_engine = true,
    .check = check,
    .run = run,
};
