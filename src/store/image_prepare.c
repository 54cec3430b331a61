/* SPDX-License-Identifier: Apache-2.0 */
#include "store/image.h"
#include "store/layer_batch.h"
#include "store/layer_worker.h"

#include <errno.h>

static int add_missing(struct layer_batch *batch, const struct image *image, size_t position,
                       const struct image_manifest *manifest, struct failure *failure)
{
    const struct descriptor *layer = &manifest->layers[position];
    char what[64];
    (void)snprintf(what, sizeof(what), "layer %zu/%zu", position + 1, manifest->layer_count); /* fits */
    autoclose int fd = blob_open(batch->store, &layer->digest);
    if (fd < 0)
        return fail(failure, fd, "%s: opening sha256:%s", what, layer->digest.hex);
    const struct layer_source source = {.fd = fd,
                                        .what = what,
                                        .digest = &layer->digest,
                                        .diffid = &image->config.diff_ids[position],
                                        .size = layer->size};
    return layer_batch_add(batch, &source, failure);
}

static int add_all(struct layer_batch *batch, const struct image *image, struct failure *failure)
{
    automanifest struct image_manifest manifest = {0};
    const struct image_config *config = &image->config;
    int r = image_read_manifest(batch->store, image, &manifest, failure);
    for (size_t i = 0; r == 0 && i < manifest.layer_count; i++)
        if (!layer_exists(batch->store, &config->diff_ids[i]))
            r = add_missing(batch, image, i, &manifest, failure);
    return r;
}

int image_prepare(const struct store *s, const struct image *image, const struct store_progress *progress,
                  struct failure *failure)
{
    size_t present = 0;
    while (present < image->config.diff_id_count && layer_exists(s, &image->config.diff_ids[present]))
        present++;
    if (present == image->config.diff_id_count)
        return 0;
    autoclose int lock = store_lock(s, STORE_LOCK_ADD);
    if (lock < 0)
        return fail(failure, lock, "locking the store");
    autobatch struct layer_batch batch = {.store = s, .progress = progress, .workers = layer_worker_count()};
    int r = add_all(&batch, image, failure);
    return r < 0 ? r : layer_batch_publish(&batch, failure);
}
