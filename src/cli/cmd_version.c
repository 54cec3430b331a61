/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strings.h"
#include "cli/documents.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "formats/json.h"

#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

struct version_options {
    char *format;
};

static int print_formatted(const char *format, const struct utsname *kernel, struct failure *failure)
{
    autodocuments struct documents d = {0};
    struct json_object *document = json_object_new_object();
    const char *text;
    if (json_put_string(document, "Version", UNROOT_VERSION) < 0 ||
        json_put_string(document, "Os", "linux") < 0 ||
        json_put_string(document, "Arch", kernel->machine) < 0 ||
        json_put_string(document, "KernelVersion", kernel->release) < 0) {
        json_object_put(document);
        return fail(failure, -ENOMEM, "describing the version");
    }
    int r = documents_begin(&d, format, failure);
    if (r < 0) {
        json_object_put(document);
        return r;
    }
    r = documents_add(&d, document, failure);
    if (r == 0)
        r = documents_finish(&d, &text, failure);
    if (r == 0)
        (void)fputs(text, stdout); /* finish_output() sees a failing write */
    return r;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct version_options *o = options;
    struct failure failure = {0};
    struct utsname kernel;
    if (uname(&kernel) < 0) {
        fail(&failure, -errno, "asking for the kernel's version");
        return say_failure(cli, &failure);
    }
    if (o->format)
        return print_formatted(o->format, &kernel, &failure) < 0 ? say_failure(cli, &failure) : 0;
    printf("Version:  %s\nOS/Arch:  linux/%s\nKernel:   %s\n", UNROOT_VERSION, kernel.machine,
           kernel.release);
    return 0;
}

static const struct option rows[] = {
    {"format", 'f', OPTION_STRING, OPTION(struct version_options, format), "FORMAT",
     "json, or a Go template"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};

const struct command cmd_version = {
    .name = "version",
    .usage = "[OPTIONS]",
    .summary = "Show the version of unroot",
    .options = {.tables = tables},
    .options_size = sizeof(struct version_options),
    .run = run,
};
