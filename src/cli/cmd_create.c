/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/create_options.h"
#include "cli/pull_image.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/container.h"
#include "engine/image.h"
#include "formats/reference.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The id file is made before the container, so that two runs cannot share one; -EBADF without --cidfile. */
static int open_id_file(struct cli *cli, const char *path, int *ret_fd)
{
    *ret_fd = -EBADF;
    if (!path)
        return 0;
    *ret_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (*ret_fd >= 0)
        return 0;
    if (errno == EEXIST)
        say(cli, "--cidfile %s exists: make sure that its container is gone and delete it", path);
    else
        say(cli, "making --cidfile %s: %s", path, strerror(errno));
    return EXIT_USAGE;
}

static bool image_is_missing(struct cli *cli, const char *image)
{
    struct failure failure = {0};
    struct json_object *document = NULL;
    int r = image_inspect(cli->engine, image, &document, &failure);
    json_object_put(document);
    return r == -ENOENT;
}

/* docker's words, all on standard error: standard output is the container's. */
static int pull_image_of(struct cli *cli, struct create_options *o)
{
    const struct pull_options pull = {
        .reference = o->request.image, .platform = o->platform, .registry = &o->registry};
    const struct pull_look look = {.fd = STDERR_FILENO, .quiet = o->quiet};
    return pull_image(cli, &pull, &look);
}

static int pull_missing(struct cli *cli, struct create_options *o)
{
    autoreference struct reference reference = {0};
    struct failure failure = {0};
    if (reference_parse_tagged(o->request.image, &reference, &failure) < 0)
        return say_failure(cli, &failure);
    if (streq(o->pull, "never")) {
        say(cli, "no such image: %s (--pull never)", o->request.image);
        return EXIT_USAGE;
    }
    autofree char *name = reference_write_familiar(&reference);
    if (!o->quiet)
        (void)fprintf(stderr, "Unable to find image '%s' locally\n", name ? name : o->request.image);
    return pull_image_of(cli, o);
}

static int remove_named(struct cli *cli, const char *name)
{
    struct failure failure = {0};
    char id[CONTAINER_ID_LENGTH + 1];
    int r = container_find(cli->engine, name, id, &failure);
    if (r == -ENOENT)
        return 0;
    if (r == 0)
        r = container_remove(cli->engine, id, true, false, &failure);
    return r < 0 ? say_failure(cli, &failure) : 0;
}

static int create(struct cli *cli, struct create_options *o, char *ret_id)
{
    struct failure failure = {0};
    if (container_check(&o->request, &failure) < 0)
        return say_failure(cli, &failure);
    /* With --replace the image comes first: what is replaced stays until there is something to replace it. */
    int code = streq(o->pull, "always")                                ? pull_image_of(cli, o)
               : o->replace && image_is_missing(cli, o->request.image) ? pull_missing(cli, o)
                                                                       : 0;
    if (code == 0 && o->replace)
        code = remove_named(cli, o->request.name);
    if (code != 0)
        return code;
    int r = container_create(cli->engine, &o->request, ret_id, &failure);
    if (r != -ENOENT || !image_is_missing(cli, o->request.image))
        return r < 0 ? say_failure(cli, &failure) : 0;
    code = pull_missing(cli, o);
    if (code != 0)
        return code;
    failure = (struct failure){0};
    r = container_create(cli->engine, &o->request, ret_id, &failure);
    return r < 0 ? say_failure(cli, &failure) : 0;
}

int create_container(struct cli *cli, struct create_options *o, char *ret_id)
{
    autoclose int id_fd = -EBADF;
    if (o->quiet)
        cli->engine->say = NULL;
    int code = open_id_file(cli, o->cidfile, &id_fd);
    if (code != 0)
        return code;
    code = create(cli, o, ret_id);
    if (code != 0 && o->cidfile)
        (void)unlink(o->cidfile); /* an empty file that stays is only in the way */
    if (code == 0 && id_fd >= 0 && write(id_fd, ret_id, strlen(ret_id)) < 0)
        say(cli, "writing --cidfile %s: %s", o->cidfile, strerror(errno));
    return code;
}

int create_options_check(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct failure failure = {0};
    if (create_options_finish(options, arguments, &failure) == 0)
        return 0;
    create_options_release(options);
    return say_usage(cli, "%s", failure.text);
}

void create_options_release(struct create_options *o)
{
    container_request_free(&o->request);
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct create_options *o = options;
    char id[CONTAINER_ID_LENGTH + 1];
    int code = create_container(cli, o, id);
    if (code == 0)
        printf("%s\n", id);
    create_options_release(o);
    return code;
}

static const struct option *const tables[] = {create_rows, NULL};
static const char *const *const absent[] = {absent_container_flags, absent_create_flags, absent_health_flags,
                                            NULL};

const struct command cmd_create = {
    .name = "create",
    .usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
    .summary = "Make a container without starting it",
    .notes = CREATE_NOTES,
    .options = {.tables = tables, .absent = absent, .stop_at_positional = true},
    .options_size = sizeof(struct create_options),
    .defaults = &create_defaults,
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .failure_code = EXIT_USAGE,
    .check = create_options_check,
    .run = run,
};
