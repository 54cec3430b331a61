/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image_archive.h"
#include "formats/reference.h"
#include "store/index.h"
#include "store/layer_batch.h"
#include "store/layer_worker.h"

#include <errno.h>
#include <string.h>

/* `docker save`: manifest.json names config, layers (lowest first) and tags; contents are checked against the
 * config's diffIDs. The config's own digest is the image's id. */

static int add_layer(struct layer_batch *batch, const struct image_archive *a, const char *path,
                     const struct digest *diffid, struct failure *failure)
{
    autoclose int fd = image_archive_open(a, path, failure);
    if (fd < 0)
        return fd;
    struct layer_source source = {
        .fd = fd, .what = path, .diffid = diffid, .keep_blob = true, .adopt = a->adopt};
    /* A plain tar's digest is its diffID; if that blob is here, nothing needs to be read. */
    if (blob_exists(a->store, diffid))
        source.digest = diffid;
    return layer_batch_add(batch, &source, failure);
}

static int load_layers(struct layer_batch *batch, const struct image_archive *a,
                       const struct archive_image *image, const struct image_config *config,
                       struct failure *failure)
{
    if (image->layers.count != config->diff_id_count)
        return refuse(failure, -EBADMSG, "%s: manifest.json names %zu layers, the config %zu", image->config,
                      image->layers.count, config->diff_id_count);
    for (size_t i = 0; i < image->layers.count; i++) {
        int r = add_layer(batch, a, image->layers.items[i], &config->diff_ids[i], failure);
        if (r < 0)
            return r;
    }
    return layer_batch_publish(batch, failure);
}

static int add_references(const struct image_archive *a, const struct archive_image *image,
                          struct image_new *new_image, struct failure *failure)
{
    struct digest id = {0};
    if (image->tags.count == 0) {
        int r = image_write(a->store, new_image, &id, failure);
        return r < 0 ? r : image_archive_note(a, NULL, &id, failure);
    }
    for (size_t i = 0; i < image->tags.count; i++) {
        autoreference struct reference reference = {0};
        int r = reference_parse_tagged(image->tags.items[i], &reference, failure);
        if (r < 0)
            return fail_within(failure, "manifest.json: the tag %s", image->tags.items[i]);
        autofree char *whole = reference_write(&reference);
        if (!whole)
            return fail(failure, -ENOMEM, "loading %s", image->tags.items[i]);
        new_image->reference = whole;
        r = image_write(a->store, new_image, &id, failure);
        if (r == 0)
            r = image_archive_note(a, whole, &id, failure);
        new_image->reference = NULL;
        if (r < 0)
            return r;
    }
    return 0;
}

static int load_image(const struct image_archive *a, const struct archive_image *image,
                      struct failure *failure)
{
    autofree char *text = NULL;
    size_t size;
    autoconfig struct image_config config = {0};
    autoreport struct report report = {0};
    int r = image_archive_read(a, image->config, &text, &size, failure);
    if (r < 0)
        return r;
    r = image_config_read(image->config, text, size, &report, &config);
    if (r < 0)
        return refuse_report(failure, r, "the image config", &report);
    autobatch struct layer_batch batch = {
        .store = a->store, .progress = a->progress, .workers = layer_worker_count()};
    r = load_layers(&batch, a, image, &config, failure);
    if (r < 0)
        return r;
    struct image_new new_image = {
        .config = &config, .config_text = text, .layers = batch.results, .layer_count = batch.count};
    return add_references(a, image, &new_image, failure);
}

int image_archive_load_docker(const struct image_archive *a, struct failure *failure)
{
    autofree char *text = NULL;
    size_t size;
    autoreport struct report report = {0};
    autoarchive struct archive_manifest manifest = {0};
    int r = image_archive_read(a, "manifest.json", &text, &size, failure);
    if (r < 0)
        return r;
    r = archive_manifest_read("manifest.json", text, size, &report, &manifest);
    if (r < 0)
        return refuse_report(failure, r, "the archive's list of images", &report);
    for (size_t i = 0; r == 0 && i < manifest.count; i++)
        r = load_image(a, &manifest.images[i], failure);
    return r;
}
