/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image.h"
#include "engine/image_source.h"
#include "formats/change.h"
#include "formats/reference.h"
#include "formats/timestamp.h"
#include "store/decompressor.h"
#include "store/layer_batch.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

/* The reference in its whole form; NULL for none. */
static int whole_reference(const char *text, char **ret_reference, struct failure *failure)
{
    *ret_reference = NULL;
    if (!text)
        return 0;
    autoreference struct reference reference = {0};
    int r = reference_parse_tagged(text, &reference, failure);
    if (r < 0)
        return r;
    if (reference.digest.hex[0])
        return refuse(failure, -EINVAL,
                      "%s: a digest cannot be given to an image, it follows from its content", text);
    *ret_reference = reference_write(&reference);
    return *ret_reference ? 0 : fail(failure, -ENOMEM, "reading %s", text);
}

static int set_platform(struct image_config *config, const char *platform, struct failure *failure)
{
    char machine[128];
    if (!platform) {
        struct utsname host;
        if (uname(&host) < 0)
            return fail(failure, -errno, "asking for this machine's architecture");
        (void)snprintf(machine, sizeof(machine), "linux/%s", host.machine); /* 71 bytes at most */
        platform = machine;
    }
    struct platform parsed = {0};
    int r = platform_parse(platform, &parsed, failure);
    if (r < 0)
        return r;
    config->os = TAKE_PTR(parsed.os);
    config->architecture = TAKE_PTR(parsed.architecture);
    config->variant = TAKE_PTR(parsed.variant);
    platform_free(&parsed);
    return 0;
}

static int set_history(struct image_config *config, const struct image_import_request *request)
{
    char created[TIMESTAMP_SIZE], comment[4200];
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) < 0)
        return -errno;
    (void)snprintf(comment, sizeof(comment), "Imported from %s",
                   request->source); /* a long path may lose its end */
    const struct image_history entry = {.created = (char *)timestamp_write(now, created),
                                        .comment = request->message ? (char *)request->message : comment};
    config->created = strdup(created);
    return config->created ? image_config_add_history(config, &entry) : -ENOMEM;
}

/* Everything that can be wrong with the request is found before the archive is read. */
static int make_config(const struct image_import_request *request, struct image_config *config,
                       struct failure *failure)
{
    int r = set_platform(config, request->platform, failure);
    if (r < 0)
        return r;
    r = changes_apply(&request->changes, config, failure);
    if (r < 0)
        return r;
    r = set_history(config, request);
    return r < 0 ? fail(failure, r, "writing the image's history") : 0;
}

/* A layer is plain, gzip or zstd; an archive may be xz or bzip2 too, and is taken as the tar inside. */
static int recode(struct image_source *source, const struct store *s, struct unpacker *decompress,
                  struct failure *failure)
{
    enum layer_compression compression = decompressor_peek(source->fd);
    if (compression != LAYER_XZ && compression != LAYER_BZIP2)
        return 0;
    int plain = decompressor_start(s, compression, source->fd, decompress, failure);
    if (plain < 0)
        return plain;
    (void)close(source->fd); /* the decompressor has it */
    source->fd = plain;
    return 0;
}

/* What the decompressor found is the reason when its reader did not like what came. */
static int finish_recoding(struct unpacker *decompress, const char *what, int r, struct failure *failure)
{
    struct unpack_report report;
    struct failure its = {0};
    if (decompress->pidfd < 0)
        return r;
    int ended = unpacker_finish(decompress, &report, NULL, &its);
    if (ended == 0 && report.error != 0 && report.error != -EPIPE)
        ended = refuse(&its, report.error, "%s: %s", what, report.text);
    if (ended < 0)
        *failure = its;
    return ended < 0 ? ended : r;
}

static int import_layer(struct layer_batch *batch, struct image_source *source,
                        const struct image_import_request *request, struct failure *failure)
{
    struct unpacker decompress = UNPACKER_NONE;
    int r = source->folder ? image_source_pack(source, failure)
                           : recode(source, batch->store, &decompress, failure);
    if (r < 0)
        return r;
    const char *what = streq(request->source, "-") ? "standard input" : request->source;
    const struct layer_source layer = {.fd = source->fd, .what = what, .keep_blob = true};
    r = layer_batch_add(batch, &layer, failure);
    if (r == 0)
        r = image_source_finish(source, failure);
    (void)close(TAKE_FD(source->fd)); /* the end of whoever still writes */
    r = finish_recoding(&decompress, what, r, failure);
    return r == 0 ? layer_batch_publish(batch, failure) : r;
}

int image_import(struct engine *e, const struct image_import_request *request,
                 struct image_import_result *ret_result, struct failure *failure)
{
    autofree char *reference = NULL;
    autoconfig struct image_config config = {0};
    autostore struct store s = {0};
    struct image_source source;
    int r = whole_reference(request->reference, &reference, failure);
    if (r == 0)
        r = make_config(request, &config, failure);
    if (r == 0)
        r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    staging_clean(&s);
    autoclose int lock = store_lock(&s, STORE_LOCK_ADD);
    if (lock < 0)
        return fail(failure, lock, "locking the store");
    r = image_source_open(request->source, request->source_fd, &source, failure);
    if (r < 0)
        return r;
    autobatch struct layer_batch batch = {.store = &s, .progress = &request->progress};
    r = import_layer(&batch, &source, request, failure);
    image_source_close(&source);
    if (r < 0)
        return r;
    const struct layer_result *layer = &batch.results[0];
    if (image_config_add_layer(&config, &layer->diffid) < 0)
        return fail(failure, -ENOMEM, "writing the image");
    const struct image_new image = {
        .config = &config, .layers = layer, .layer_count = 1, .reference = reference};
    struct image_import_result result = {.entries = layer->entries,
                                         .skipped_devices = layer->skipped_devices};
    r = image_write(&s, &image, &result.id, failure);
    if (r == 0)
        *ret_result = result;
    return r;
}
