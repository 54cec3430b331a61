/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/pull_image.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/image_transfer.h"
#include "formats/reference.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

struct pull_command_options {
    char *platform;
    struct registry_flags registry;
    uint32_t retry;
    bool quiet, all_tags;
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

static int pull_one(struct cli *cli, struct pull_command_options *o, const char *name)
{
    const struct pull_look look = {.fd = STDOUT_FILENO, .quiet = o->quiet};
    const struct pull_options pull = {.reference = name,
                                      .platform = o->platform,
                                      .registry = &o->registry,
                                      .attempts = o->retry < 99 ? o->retry + 1 : 100};
    int code = pull_image(cli, &pull, &look);
    return code == 0 ? print_reference(cli, name) : code;
}

/* All tags that the registry has of the repository, in their order. */
static int pull_all(struct cli *cli, struct pull_command_options *o, const char *name)
{
    struct registry_environment environment;
    const struct manifest_inspect_request request = {.reference = name, .environment = &environment};
    autostrings struct strings tags = {0};
    struct failure failure = {0};
    int code = registry_refuse_tag(cli, name);
    if (code != 0)
        return code;
    if (registry_environment_read(&o->registry, &environment, &failure) < 0 ||
        registry_tags(cli->engine, &request, &tags, &failure) < 0)
        return say_failure(cli, &failure);
    for (size_t i = 0; i < tags.count && code == 0; i++) {
        autofree char *tagged = NULL;
        if (asprintf(&tagged, "%s:%s", name, tags.items[i]) < 0) {
            tagged = NULL;
            return say_failure(cli, &(struct failure){.error = -ENOMEM});
        }
        code = pull_one(cli, o, tagged);
    }
    return code;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct pull_command_options *o = options;
    int code = 0;
    for (int i = 0; i < arguments->count && code == 0; i++)
        code = o->all_tags ? pull_all(cli, o, arguments->items[i]) : pull_one(cli, o, arguments->items[i]);
    return code;
}

#define ROW(member) OPTION(struct pull_command_options, member)
static const struct option rows[] = {
    {"all-tags", 'a', OPTION_BOOL, ROW(all_tags), NULL, "All tags of the repository"},
    REGISTRY_AUTHFILE_ROW(struct pull_command_options),
    REGISTRY_CREDS_ROW(struct pull_command_options),
    {"platform", 0, OPTION_STRING, ROW(platform), "OS/ARCH[/VARIANT]",
     "Which image of several (default: this machine's)"},
    {"quiet", 'q', OPTION_BOOL, ROW(quiet), NULL, "Print only the whole reference"},
    {"retry", 0, OPTION_U32, ROW(retry), NULL, "How often a request that failed is tried again (default 5)"},
    REGISTRY_TLS_ROW(struct pull_command_options),
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const struct pull_command_options defaults = {.registry = REGISTRY_FLAGS_NONE, .retry = 5};
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
