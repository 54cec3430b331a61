/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/registry_environment.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/image_transfer.h"
#include "formats/json.h"

#include <stdio.h>
#include <string.h>

struct query_options {
    struct registry_flags registry;
};

static int run_tags(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct query_options *o = options;
    struct registry_environment environment;
    const struct manifest_inspect_request request = {.reference = arguments->items[0],
                                                     .environment = &environment};
    autostrings struct strings tags = {0};
    struct failure failure = {0};
    if (registry_environment_read(&o->registry, &environment, &failure) < 0 ||
        registry_tags(cli->engine, &request, &tags, &failure) < 0)
        return say_failure(cli, &failure);
    for (size_t i = 0; i < tags.count; i++)
        printf("%s\n", tags.items[i]);
    return 0;
}

static int run_manifest(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct query_options *o = options;
    struct registry_environment environment;
    const struct manifest_inspect_request request = {.reference = arguments->items[0],
                                                     .environment = &environment};
    autofree char *text = NULL;
    struct digest digest;
    struct failure failure = {0};
    autojson struct json_object *document = NULL;
    if (registry_environment_read(&o->registry, &environment, &failure) < 0 ||
        registry_manifest(cli->engine, &request, &text, &digest, &failure) < 0)
        return say_failure(cli, &failure);
    if (json_parse("manifest", text, strlen(text), NULL, &document) < 0) {
        say(cli, "%s: the manifest is no JSON", arguments->items[0]);
        return 1;
    }
    autofree char *pretty = json_write(document, true);
    printf("%s\n", pretty ? pretty : text);
    return 0;
}

static const struct option rows[] = {
    REGISTRY_AUTHFILE_ROW(struct query_options),
    REGISTRY_CREDS_ROW(struct query_options),
    REGISTRY_TLS_ROW(struct query_options),
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const struct query_options defaults = {.registry = REGISTRY_FLAGS_NONE};

const struct command cmd_search_tags = {
    .name = "search-tags",
    .usage = "[OPTIONS] NAME",
    .summary = "List the tags that a registry has of a repository",
    .options = {.tables = tables},
    .options_size = sizeof(struct query_options),
    .defaults = &defaults,
    .min_args = 1,
    .max_args = 1,
    .needs_engine = true,
    .run = run_tags,
};

const struct command cmd_manifest_inspect = {
    .name = "manifest inspect",
    .usage = "[OPTIONS] NAME[:TAG|@DIGEST]",
    .summary = "Show a manifest or index as the registry has it",
    .options = {.tables = tables},
    .options_size = sizeof(struct query_options),
    .defaults = &defaults,
    .min_args = 1,
    .max_args = 1,
    .needs_engine = true,
    .run = run_manifest,
};
