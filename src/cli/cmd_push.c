/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/absent.h"
#include "cli/registry_environment.h"
#include "cli/say.h"
#include "cli/transfer.h"
#include "cli/verbs.h"
#include "engine/image.h"
#include "engine/image_transfer.h"
#include "formats/reference.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

struct push_options {
    struct registry_flags registry;
    char *compression, *digest_file;
    uint64_t chunk_size;
    uint32_t retry, level;
    bool quiet, all_tags;
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

static int write_digest(const struct push_options *o, const struct digest *digest, struct failure *failure)
{
    char text[DIGEST_TEXT_LENGTH + 1];
    if (!o->digest_file)
        return 0;
    FILE *file = fopen(o->digest_file, "we");
    if (!file)
        return fail(failure, -errno, "opening %s", o->digest_file);
    int written = fputs(digest_write(digest, text), file);
    return fclose(file) != 0 || written < 0 ? fail(failure, -EIO, "writing %s", o->digest_file) : 0;
}

static int push(struct cli *cli, struct push_options *o, const struct reference *reference)
{
    struct registry_environment environment;
    autofree char *name = reference_write(reference);
    struct image_push_request request = {.reference = name,
                                         .chunk_size = o->chunk_size,
                                         .attempts = o->retry < 99 ? o->retry + 1 : 100,
                                         .environment = &environment};
    struct image_push_result result;
    struct transfer_view view;
    struct failure failure = {0};
    char digest[DIGEST_TEXT_LENGTH + 1];
    if (!name)
        return say_failure(cli, &(struct failure){.error = -ENOMEM});
    if (read_compression(o, &request, &failure) < 0 ||
        registry_environment_read(&o->registry, &environment, &failure) < 0)
        return say_failure(cli, &failure);
    (void)fflush(stdout); /* what follows is written past its buffer */
    transfer_begin(&view, STDOUT_FILENO, o->quiet, &request.progress);
    int r = image_push(cli->engine, &request, &result, &failure);
    transfer_end(&view);
    if (r == 0)
        r = write_digest(o, &result.digest, &failure);
    if (r < 0)
        return say_failure(cli, &failure);
    if (o->quiet)
        printf("%s\n", name);
    else
        printf("%s: digest: %s size: %llu\n", reference->tag ? reference->tag : "",
               digest_write(&result.digest, digest), (unsigned long long)result.size);
    return 0;
}

/* Every reference that images of this store have in the repository. */
static int find_tags(struct cli *cli, const struct reference *repository, struct strings *ret_names,
                     struct failure *failure)
{
    struct image_list list = {0};
    int r = image_list(cli->engine, &list, failure);
    for (size_t i = 0; r == 0 && i < list.count; i++)
        for (size_t k = 0; r == 0 && k < list.items[i].references.count; k++) {
            autoreference struct reference other = {0};
            struct failure unused = {0};
            if (reference_parse(list.items[i].references.items[k], &other, &unused) == 0 && other.tag &&
                streq(other.domain, repository->domain) && streq(other.path, repository->path) &&
                strings_add(ret_names, list.items[i].references.items[k]) < 0)
                r = fail(failure, -ENOMEM, "looking for tags");
        }
    image_list_free(&list);
    strings_sort(ret_names);
    return r;
}

static int push_all(struct cli *cli, struct push_options *o, const struct reference *repository,
                    const char *given)
{
    autostrings struct strings names = {0};
    struct failure failure = {0};
    int code = registry_refuse_tag(cli, given);
    if (code == 0 && find_tags(cli, repository, &names, &failure) < 0)
        return say_failure(cli, &failure);
    if (code == 0 && names.count == 0)
        return say_failure(cli, &(struct failure){.error = -ENOENT, .text = "no image has a tag there"});
    for (size_t i = 0; i < names.count && code == 0; i++) {
        autoreference struct reference one = {0};
        code = reference_parse(names.items[i], &one, &failure) < 0 ? say_failure(cli, &failure)
                                                                   : push(cli, o, &one);
    }
    return code;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    autoreference struct reference reference = {0};
    struct push_options *o = options;
    struct failure failure = {0};
    if (reference_parse_tagged(arguments->items[0], &reference, &failure) < 0)
        return say_failure(cli, &failure);
    if (!o->quiet)
        printf("The push refers to repository [%s/%s]\n", reference.domain, reference.path);
    return o->all_tags ? push_all(cli, o, &reference, arguments->items[0]) : push(cli, o, &reference);
}

#define ROW(member) OPTION(struct push_options, member)
static const struct option rows[] = {
    {"all-tags", 'a', OPTION_BOOL, ROW(all_tags), NULL, "All tags that images have in the repository"},
    REGISTRY_AUTHFILE_ROW(struct push_options),
    {"chunk-size", 0, OPTION_SIZE, ROW(chunk_size), "BYTES",
     "Send layers in parts of this size (for proxies that limit a request)"},
    {"compression-format", 0, OPTION_STRING, ROW(compression), "FORMAT",
     "Of layers that are stored uncompressed: gzip (default), zstd, none"},
    {"compression-level", 0, OPTION_U32, ROW(level), "N",
     "gzip: 1 to 9 (default 6), zstd: 1 to 19 (default 3)"},
    REGISTRY_CREDS_ROW(struct push_options),
    {"digestfile", 0, OPTION_STRING, ROW(digest_file), "FILE", "Write the digest there"},
    {"quiet", 'q', OPTION_BOOL, ROW(quiet), NULL, "Print only the whole reference"},
    {"retry", 0, OPTION_U32, ROW(retry), NULL, "How often a request that failed is tried again (default 5)"},
    REGISTRY_TLS_ROW(struct push_options),
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const struct push_options defaults = {.registry = REGISTRY_FLAGS_NONE, .retry = 5};
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
