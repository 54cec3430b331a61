/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/pull_image.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "formats/reference.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

struct pull_command_options {
    char *platform, *authfile;
    uint32_t retry;
    bool quiet;
};

static int print_reference(struct cli *cli, const char *text)
{
    autoreference struct reference reference = {0};
    struct failure failure = {0};
    if (reference_parse_tagged(text, &reference, &failure) < 0)
        return say_failure(cli, &failure);
    autofree char *whole = reference_write(&reference);
    printf("%s\n", whole ? whole : text);
    return 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct pull_command_options *o = options;
    const struct pull_look look = {.fd = STDOUT_FILENO, .quiet = o->quiet};
    for (int i = 0; i < arguments->count; i++) {
        const struct pull_options pull = {.reference = arguments->items[i],
                                          .platform = o->platform,
                                          .authfile = o->authfile,
                                          .attempts = o->retry < 99 ? o->retry + 1 : 100};
        int code = pull_image(cli, &pull, &look);
        if (code == 0)
            code = print_reference(cli, arguments->items[i]);
        if (code != 0)
            return code;
    }
    return 0;
}

#define ROW(member) OPTION(struct pull_command_options, member)
static const struct option rows[] = {
    {"authfile", 0, OPTION_STRING, ROW(authfile), "FILE",
     "Credentials (default: podman's and docker's files)"},
    {"platform", 0, OPTION_STRING, ROW(platform), "OS/ARCH[/VARIANT]",
     "Which image of several (default: this machine's)"},
    {"quiet", 'q', OPTION_BOOL, ROW(quiet), NULL, "Print only the whole reference"},
    {"retry", 0, OPTION_U32, ROW(retry), NULL, "How often a request that failed is tried again (default 5)"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const struct pull_command_options defaults = {.retry = 5};
static const char *const *const absent[] = {absent_pull_flags, NULL};

const struct command cmd_pull = {
    .name = "pull",
    .usage = "[OPTIONS] NAME[:TAG|@DIGEST]...",
    .summary = "Bring an image from a registry",
    .notes = "Names are completed as docker does it: nginx is docker.io/library/nginx:latest.\n"
             "Mirrors, registries without TLS and proxies: /etc/unroot/registries.conf or\n"
             "/etc/containers/registries.conf; certificates: /etc/containers/certs.d/HOST/*.crt.",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct pull_command_options),
    .defaults = &defaults,
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .run = run,
};
