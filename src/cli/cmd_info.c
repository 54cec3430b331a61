/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strings.h"
#include "cli/documents.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/container.h"
#include "engine/image.h"
#include "engine/volume.h"
#include "formats/json.h"

#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

struct info_options {
    char *format;
};

static int put_containers(struct cli *cli, struct json_object *document, struct failure *failure)
{
    static const char *const names[] = {"ContainersCreated", "ContainersRunning", "ContainersPaused",
                                        "ContainersStopped"};
    struct container_list list = {0};
    uint64_t counts[ARRAY_SIZE(names)] = {0};
    int r = container_list(cli->engine, true, &list, failure);
    if (r < 0)
        return r;
    for (size_t i = 0; i < list.count; i++)
        counts[list.items[i].status]++;
    r = json_put_u64(document, "Containers", list.count);
    container_list_free(&list);
    for (size_t i = 0; i < ARRAY_SIZE(names) && r == 0; i++)
        r = json_put_u64(document, names[i], counts[i]);
    return r < 0 ? fail(failure, r, "describing the system") : 0;
}

static int put_store(struct cli *cli, struct json_object *document, struct failure *failure)
{
    struct image_list images = {0};
    struct volume_list volumes = {0};
    int r = image_list(cli->engine, &images, failure);
    if (r == 0)
        r = volume_list(cli->engine, &volumes, failure);
    if (r == 0 && (json_put_u64(document, "Images", images.count) < 0 ||
                   json_put_u64(document, "Volumes", volumes.count) < 0 ||
                   json_put_string(document, "Root", cli->engine->root) < 0 ||
                   json_put_string(document, "RunRoot", cli->engine->runroot) < 0))
        r = fail(failure, -ENOMEM, "describing the system");
    image_list_free(&images);
    volume_list_free(&volumes);
    return r;
}

static int put_host(struct json_object *document, struct failure *failure)
{
    struct utsname kernel;
    if (uname(&kernel) < 0)
        return fail(failure, -errno, "asking for the kernel's version");
    if (json_put_string(document, "Version", UNROOT_VERSION) < 0 ||
        json_put_string(document, "KernelVersion", kernel.release) < 0 ||
        json_put_string(document, "Architecture", kernel.machine) < 0 ||
        json_put_string(document, "Name", kernel.nodename) < 0)
        return fail(failure, -ENOMEM, "describing the system");
    return 0;
}

#define PLAIN                                                                                                \
    "Containers: {{.Containers}}\n Created: {{.ContainersCreated}}\n Running: {{.ContainersRunning}}\n"      \
    " Paused: {{.ContainersPaused}}\n Stopped: {{.ContainersStopped}}\nImages: {{.Images}}\nVolumes: "       \
    "{{.Volumes}}\n"                                                                                         \
    "Version: {{.Version}}\nRoot: {{.Root}}\nRun root: {{.RunRoot}}\nKernel: {{.KernelVersion}}\n"           \
    "Architecture: {{.Architecture}}\nName: {{.Name}}"

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct info_options *o = options;
    autodocuments struct documents d = {0};
    struct failure failure = {0};
    struct json_object *document = json_object_new_object();
    const char *text;
    int r =
        document ? put_containers(cli, document, &failure) : fail(&failure, -ENOMEM, "describing the system");
    if (r == 0)
        r = put_store(cli, document, &failure);
    if (r == 0)
        r = put_host(document, &failure);
    if (r == 0)
        r = documents_begin(&d, o->format ? o->format : PLAIN, &failure);
    if (r < 0) {
        json_object_put(document);
        return say_failure(cli, &failure);
    }
    r = documents_add(&d, document, &failure);
    if (r == 0)
        r = documents_finish(&d, &text, &failure);
    if (r == 0)
        (void)fputs(text, stdout); /* finish_output() sees a failing write */
    return r < 0 ? say_failure(cli, &failure) : 0;
}

static const struct option rows[] = {
    {"format", 'f', OPTION_STRING, OPTION(struct info_options, format), "FORMAT", "json, or a Go template"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};

const struct command cmd_info = {
    .name = "info",
    .usage = "[OPTIONS]",
    .summary = "Show what is in the store and where",
    .options = {.tables = tables},
    .options_size = sizeof(struct info_options),
    .needs_engine = true,
    .run = run,
};
