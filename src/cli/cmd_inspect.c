/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strings.h"
#include "cli/absent.h"
#include "cli/documents.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/container.h"
#include "engine/image.h"
#include "engine/volume.h"

#include <errno.h>
#include <stdio.h>

struct inspect_options {
    char *format, *type;
};

struct inspect_type {
    const char *name;
    int (*inspect)(struct engine *e, const char *who, struct json_object **ret_document,
                   struct failure *failure);
};

static const struct inspect_type types[] = {
    {"container", container_inspect},
    {"image", image_inspect},
    {"volume", volume_inspect},
};

/* The first kind of thing that has the name. */
static int inspect_one(struct cli *cli, const char *type, const char *who, struct json_object **ret_document,
                       struct failure *ret_failure)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        struct failure failure = {0};
        if (type && !streq(type, types[i].name))
            continue;
        int r = types[i].inspect(cli->engine, who, ret_document, &failure);
        if (r != -ENOENT || type) {
            *ret_failure = failure;
            return r;
        }
    }
    return refuse(ret_failure, -ENOENT, "no such object: %s: neither a container nor an image nor a volume",
                  who);
}

static int add_all(struct cli *cli, const struct inspect_options *o, const struct arguments *arguments,
                   struct documents *d)
{
    int code = 0;
    for (int i = 0; i < arguments->count; i++) {
        struct json_object *document = NULL;
        struct failure failure = {0};
        int r = inspect_one(cli, o->type, arguments->items[i], &document, &failure);
        if (r == 0)
            r = documents_add(d, document, &failure);
        if (r < 0)
            code = say_failure(cli, &failure);
    }
    return code;
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    const char *type = ((const struct inspect_options *)options)->type;
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (!type || streq(type, types[i].name))
            return 0;
    return say_usage(cli, "--type takes container, image or volume, not \"%s\"", type);
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct inspect_options *o = options;
    autodocuments struct documents d = {0};
    struct failure failure = {0};
    const char *text;
    if (documents_begin(&d, o->format, &failure) < 0)
        return say_usage(cli, "%s", failure.text);
    int code = add_all(cli, o, arguments, &d);
    if (documents_finish(&d, &text, &failure) < 0)
        return say_failure(cli, &failure);
    (void)fputs(text, stdout); /* finish_output() sees a failing write */
    return code;
}

#define ROW(member) OPTION(struct inspect_options, member)
static const struct option rows[] = {
    {"format", 'f', OPTION_STRING, ROW(format), "FORMAT", "json, or a Go template"},
    {"type", 0, OPTION_STRING, ROW(type), "TYPE", "Only a container, an image or a volume"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_inspect_flags, NULL};

const struct command cmd_inspect = {
    .name = "inspect",
    .usage = "[OPTIONS] NAME|ID [NAME|ID...]",
    .summary = "Show all that is known of containers, images and volumes as JSON",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct inspect_options),
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .check = check,
    .run = run,
};
