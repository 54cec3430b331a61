/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/oci_spec.h"
#include "kernel/file.h"
#include "oci/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

struct spec_options {
    char *bundle;
    bool rootless;
};

static int run_spec(struct runtime *rt, void *options, const struct arguments *arguments,
                    struct failure *failure)
{
    const struct spec_options *o = options;
    autofree char *text = NULL;
    (void)rt;
    (void)arguments;
    const struct oci_spec_request request = {.rootless = o->rootless, .uid = geteuid(), .gid = getegid()};
    int r = oci_spec_write(&request, &text);
    if (r < 0)
        return fail(failure, r, "writing a configuration");
    autoclose int folder = open(o->bundle ? o->bundle : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return fail(failure, -errno, "bundle %s", o->bundle);
    autoclose int file = openat(folder, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0 && errno == EEXIST)
        return refuse(failure, -EEXIST, "file config.json exists. Remove it first");
    r = file < 0 ? -errno : fd_write_all(file, text, strlen(text));
    return r < 0 ? fail(failure, r, "writing config.json") : 0;
}

#define ROW(member) OPTION(struct spec_options, member)
static const struct option rows[] = {
    {"bundle", 'b', OPTION_STRING, ROW(bundle), "DIR", "Where (default: the current folder)"},
    {"rootless", 0, OPTION_BOOL, ROW(rootless), NULL, "With a user namespace for this user"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};

const struct command cmd_spec = {
    .name = "spec",
    .usage = "[OPTIONS]",
    .summary = "Write a config.json to begin from",
    .options = {.tables = tables, .single_dash_names = true},
    .options_size = sizeof(struct spec_options),
    .max_args = 0,
    .run = run_spec,
};
