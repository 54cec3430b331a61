/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/registry_environment.h"
#include "cli/say.h"
#include "cli/transfer.h"
#include "cli/verbs.h"
#include "formats/reference.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

struct push_options {
    char *authfile, *compression;
    uint64_t chunk_size;
    uint32_t retry, level;
    bool quiet;
};

static int read_compression(const struct push_options *o, struct image_push_request *request,
                            struct failure *failure)
{
    static const struct {
        const char *name;
        enum layer_compression compression;
        unsigned level_max;
    } forms[] = {{"gzip", LAYER_GZIP, 9}, {"zstd", LAYER_ZSTD, 19}, {"none", LAYER_TAR, 0}};
    const char *name = o->compression ? o->compression : "gzip";
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        if (!streq(name, forms[i].name))
            continue;
        if (o->level > 0 && forms[i].level_max == 0)
            return refuse(failure, -EINVAL, "--compression-level is nothing without compression");
        if (o->level > forms[i].level_max)
            return refuse(failure, -EINVAL, "--compression-level %u: %s has 1 to %u", o->level, name,
                          forms[i].level_max);
        request->compression = forms[i].compression;
        request->compression_level = o->level;
        return 0;
    }
    return refuse(failure, -EINVAL, "--compression-format \"%s\": there are gzip, zstd and none", name);
}

static int push(struct cli *cli, const struct push_options *o, const struct reference *reference,
                const char *name)
{
    const struct registry_environment environment = registry_environment_read(o->authfile);
    struct image_push_request request = {.reference = name,
                                         .chunk_size = o->chunk_size,
                                         .attempts = o->retry < 99 ? o->retry + 1 : 100,
                                         .environment = &environment};
    struct image_push_result result;
    struct transfer_view view;
    struct failure failure = {0};
    char digest[DIGEST_TEXT_LENGTH + 1];
    if (read_compression(o, &request, &failure) < 0)
        return say_failure(cli, &failure);
    if (!o->quiet) {
        printf("The push refers to repository [%s/%s]\n", reference->domain, reference->path);
        (void)fflush(stdout); /* what follows is written past its buffer */
    }
    transfer_begin(&view, STDOUT_FILENO, o->quiet, &request.progress);
    int r = image_push(cli->engine, &request, &result, &failure);
    transfer_end(&view);
    if (r < 0)
        return say_failure(cli, &failure);
    if (o->quiet)
        printf("%s\n", name);
    else
        printf("%s: digest: %s size: %llu\n", reference->tag ? reference->tag : "",
               digest_write(&result.digest, digest), (unsigned long long)result.size);
    return 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    autoreference struct reference reference = {0};
    struct failure failure = {0};
    if (reference_parse_tagged(arguments->items[0], &reference, &failure) < 0)
        return say_failure(cli, &failure);
    autofree char *name = reference_write(&reference);
    return name ? push(cli, options, &reference, name) : say_failure(cli, &(struct failure){.error = -12});
}

#define ROW(member) OPTION(struct push_options, member)
static const struct option rows[] = {
    {"authfile", 0, OPTION_STRING, ROW(authfile), "FILE",
     "Credentials (default: podman's and docker's files)"},
    {"chunk-size", 0, OPTION_SIZE, ROW(chunk_size), "BYTES",
     "Send layers in parts of this size (for proxies that limit a request)"},
    {"compression-format", 0, OPTION_STRING, ROW(compression), "FORMAT",
     "Of layers that are stored uncompressed: gzip (default), zstd, none"},
    {"compression-level", 0, OPTION_U32, ROW(level), "N",
     "gzip: 1 to 9 (default 6), zstd: 1 to 19 (default 3)"},
    {"quiet", 'q', OPTION_BOOL, ROW(quiet), NULL, "Print only the whole reference"},
    {"retry", 0, OPTION_U32, ROW(retry), NULL, "How often a request that failed is tried again (default 5)"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const struct push_options defaults = {.retry = 5};
static const char *const *const absent[] = {absent_push_flags, NULL};

const struct command cmd_push = {
    .name = "push",
    .usage = "[OPTIONS] NAME[:TAG]",
    .summary = "Bring an image to a registry",
    .notes = "The name says where to: `unroot tag IMAGE HOST/NAME:TAG` gives an image one.",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct push_options),
    .defaults = &defaults,
    .min_args = 1,
    .max_args = 1,
    .needs_engine = true,
    .run = run,
};
