/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/output_file.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/changes.h"

#include <errno.h>

struct save_options {
    char *format, *output;
};

static const char *const formats[] = {
    [IMAGE_SAVE_BOTH] = "",
    [IMAGE_SAVE_DOCKER] = "docker-archive",
    [IMAGE_SAVE_OCI] = "oci-archive",
};

/* -1: no such format. */
static int find_format(const char *name)
{
    for (int i = 0; i < (int)ARRAY_SIZE(formats); i++)
        if (streq(name ? name : "", formats[i]))
            return i;
    return -1;
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct save_options *o = options;
    if (find_format(o->format) < 0)
        return say_usage(
            cli, "--format %s: it is docker-archive or oci-archive; without --format both programs read it",
            o->format);
    return output_file_check(cli, o->output);
}

static int save(struct cli *cli, struct image_save_request *request, const char *path,
                struct failure *failure)
{
    struct output_file file;
    int r = output_file_open(&file, path, failure);
    if (r < 0)
        return r;
    request->output_fd = file.fd;
    r = image_save(cli->engine, request, failure);
    int closed = output_file_close(&file, r == 0, failure);
    return r < 0 ? r : closed;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct save_options *o = options;
    struct image_save_request request = {.format = (enum image_save_format)find_format(o->format)};
    struct failure failure = {0};
    int r = 0;
    for (int i = 0; i < arguments->count && r == 0; i++)
        r = strings_add(&request.images, arguments->items[i]);
    r = r < 0 ? fail(&failure, r, "reading the names") : save(cli, &request, o->output, &failure);
    strings_free(&request.images);
    return r < 0 ? say_failure(cli, &failure) : 0;
}

static const struct option rows[] = {
    {"format", 0, OPTION_STRING, OPTION(struct save_options, format), "FORMAT",
     "docker-archive or oci-archive (default: one that is both)"},
    {"output", 'o', OPTION_STRING, OPTION(struct save_options, output), "FILE",
     "Write to a file, not to standard output"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_save_flags, NULL};

const struct command cmd_save = {
    .name = "save",
    .usage = "[OPTIONS] IMAGE [IMAGE...]",
    .summary = "Write images as an archive that load and other engines read",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct save_options),
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .check = check,
    .run = run,
};
