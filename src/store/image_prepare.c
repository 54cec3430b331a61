/* SPDX-License-Identifier: Apache-2.0 */
#include "store/image.h"
#include "store/index.h"

#include <errno.h>

struct preparation {
    const struct store *store;
    const struct image *image;
    const struct store_progress *progress;
    struct layer_stage *stages;
    size_t count;
};

static int stage_missing(struct preparation *p, size_t position, const struct image_manifest *manifest,
                         struct failure *failure)
{
    const struct descriptor *layer = &manifest->layers[position];
    char what[64];
    (void)snprintf(what, sizeof(what), "layer %zu/%zu", position + 1, manifest->layer_count); /* fits */
    autoclose int fd = blob_open(p->store, &layer->digest);
    if (fd < 0)
        return fail(failure, fd, "%s: opening sha256:%s", what, layer->digest.hex);
    const struct layer_source source = {.fd = fd,
                                        .what = what,
                                        .digest = &layer->digest,
                                        .diffid = &p->image->config.diff_ids[position],
                                        .size = layer->size};
    int r = layer_stage(p->store, &source, p->progress, &p->stages[p->count], failure);
    if (r == 0)
        p->count++;
    return r;
}

static int stage_all(struct preparation *p, struct failure *failure)
{
    automanifest struct image_manifest manifest = {0};
    const struct image_config *config = &p->image->config;
    int r = index_read_manifest(p->store, &p->image->manifest, &manifest, failure);
    if (r < 0)
        return r;
    if (manifest.layer_count != config->diff_id_count)
        return refuse(failure, -EBADMSG, "the manifest has %zu layers, the config %zu", manifest.layer_count,
                      config->diff_id_count);
    for (size_t i = 0; r == 0 && i < manifest.layer_count; i++)
        if (!layer_exists(p->store, &config->diff_ids[i]))
            r = stage_missing(p, i, &manifest, failure);
    return r;
}

static int prepare_missing(struct preparation *p, struct failure *failure)
{
    autoclose int lock = store_lock(p->store, STORE_LOCK_ADD);
    if (lock < 0)
        return fail(failure, lock, "locking the store");
    p->stages = calloc(p->image->config.diff_id_count, sizeof(*p->stages));
    if (!p->stages)
        return fail(failure, -ENOMEM, "unpacking layers");
    int r = stage_all(p, failure);
    if (r == 0)
        r = layer_publish(p->store, p->stages, p->count, failure);
    for (size_t i = 0; i < p->count; i++)
        layer_stage_close(&p->stages[i]);
    free(p->stages);
    return r;
}

int image_prepare(const struct store *s, const struct image *image, const struct store_progress *progress,
                  struct failure *failure)
{
    struct preparation p = {.store = s, .image = image, .progress = progress};
    for (size_t i = 0; i < image->config.diff_id_count; i++)
        if (!layer_exists(s, &image->config.diff_ids[i]))
            return prepare_missing(&p, failure);
    return 0;
}
