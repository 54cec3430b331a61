/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image_archive.h"
#include "formats/reference.h"
#include "store/index.h"
#include "store/layer_batch.h"
#include "store/layer_worker.h"

#include <errno.h>
#include <string.h>

#define NESTING_MAX 4

/* An OCI layout: everything is named by its digest and checked against it. */

static void blob_path(const struct digest *digest, char ret_path[DIGEST_HEX_LENGTH + 16])
{
    (void)snprintf(ret_path, DIGEST_HEX_LENGTH + 16, "blobs/sha256/%s", digest->hex); /* 77 bytes */
}

/* Reads a document and stores it under the digest that it must have. */
static int take_document(const struct image_archive *a, const struct descriptor *d, char **ret_text,
                         size_t *ret_size, struct failure *failure)
{
    char path[DIGEST_HEX_LENGTH + 16];
    autofree char *text = NULL;
    size_t size;
    struct digest found;
    blob_path(&d->digest, path);
    int r = image_archive_read(a, path, &text, &size, failure);
    if (r < 0)
        return r;
    r = blob_digest(text, size, &found);
    if (r == 0 && (!digest_equal(&found, &d->digest) || size != d->size))
        return refuse(failure, -EBADMSG, "%s: the content is %zu bytes of sha256:%s, not %llu of sha256:%s",
                      path, size, found.hex, (unsigned long long)d->size, d->digest.hex);
    if (r == 0)
        r = blob_write(a->store, text, size, &found);
    if (r < 0)
        return fail(failure, r, "storing %s", path);
    *ret_text = TAKE_PTR(text);
    *ret_size = size;
    return 0;
}

static int add_layer(struct layer_batch *batch, const struct image_archive *a, const struct descriptor *layer,
                     const struct digest *diffid, struct failure *failure)
{
    char path[DIGEST_HEX_LENGTH + 16], what[64];
    struct layer_source source = {.fd = -EBADF,
                                  .what = what,
                                  .digest = &layer->digest,
                                  .diffid = diffid,
                                  .size = layer->size,
                                  .keep_blob = true,
                                  .adopt = a->adopt};
    (void)snprintf(what, sizeof(what), "layer %.12s", layer->digest.hex); /* fits */
    /* Another image of the archive may have taken the file already, and brought the layer. */
    if (blob_exists(a->store, &layer->digest) && layer_exists(a->store, diffid))
        return layer_batch_add(batch, &source, failure);
    blob_path(&layer->digest, path);
    autoclose int fd = image_archive_open(a, path, failure);
    if (fd < 0)
        return fd;
    source.fd = fd;
    return layer_batch_add(batch, &source, failure);
}

static int take_layers(const struct image_archive *a, const struct image_manifest *manifest,
                       const struct image_config *config, struct failure *failure)
{
    autobatch struct layer_batch batch = {
        .store = a->store, .progress = a->progress, .workers = layer_worker_count()};
    if (manifest->layer_count != config->diff_id_count)
        return refuse(failure, -EBADMSG, "the manifest has %zu layers, the config %zu", manifest->layer_count,
                      config->diff_id_count);
    for (size_t i = 0; i < manifest->layer_count; i++) {
        int r = add_layer(&batch, a, &manifest->layers[i], &config->diff_ids[i], failure);
        if (r < 0)
            return r;
    }
    return layer_batch_publish(&batch, failure);
}

/* docker and buildx write the whole name beside the tag; skopeo and podman put the name where the tag is. */
static int reference_of(const struct descriptor *entry, char **ret_reference, struct failure *failure)
{
    const char *name = strings_get_variable(&entry->annotations, ANNOTATION_IMAGE_NAME);
    if (!name || !name[0])
        name = index_reference(entry);
    *ret_reference = NULL;
    if (!name)
        return 0;
    autoreference struct reference reference = {0};
    int r = reference_parse_tagged(name, &reference, failure);
    if (r < 0)
        return fail_within(failure, "index.json: the name %s", name);
    *ret_reference = reference_write(&reference);
    return *ret_reference ? 0 : fail(failure, -ENOMEM, "reading index.json");
}

static int take_image(const struct image_archive *a, const struct descriptor *d, const char *reference,
                      struct failure *failure)
{
    autofree char *text = NULL, *config_text = NULL;
    size_t size;
    automanifest struct image_manifest manifest = {0};
    autoconfig struct image_config config = {0};
    autoreport struct report report = {0};
    int r = take_document(a, d, &text, &size, failure);
    if (r < 0)
        return r;
    r = image_manifest_read(d->digest.hex, text, size, &report, &manifest);
    if (r < 0)
        return refuse_report(failure, r, "the manifest", &report);
    r = take_document(a, &manifest.config, &config_text, &size, failure);
    if (r < 0)
        return r;
    r = image_config_read(manifest.config.digest.hex, config_text, size, &report, &config);
    if (r < 0)
        return refuse_report(failure, r, "the image config", &report);
    r = take_layers(a, &manifest, &config, failure);
    if (r == 0)
        r = image_set_reference(a->store, &d->digest, reference, failure);
    return r < 0 ? r : image_archive_note(a, reference, &manifest.config.digest, failure);
}

/* An entry of index.json: an image, or an index of which the image for the platform is taken. The index
 * itself is not kept: its other platforms are not here. */
static int take_entry(const struct image_archive *a, const struct descriptor *entry, const char *reference,
                      int nesting, struct failure *failure)
{
    if (!streq(entry->media_type, MEDIA_OCI_INDEX) && !streq(entry->media_type, MEDIA_DOCKER_LIST))
        return take_image(a, entry, reference, failure);
    autofree char *text = NULL;
    size_t size;
    autoindex struct image_index index = {0};
    autoreport struct report report = {0};
    if (nesting >= NESTING_MAX)
        return refuse(failure, -EBADMSG, "indexes in indexes, more than %d deep", NESTING_MAX);
    int r = take_document(a, entry, &text, &size, failure);
    if (r < 0)
        return r;
    r = image_index_read(entry->digest.hex, text, size, &report, &index);
    if (r < 0)
        return refuse_report(failure, r, "an image index", &report);
    const struct descriptor *chosen = image_index_choose(&index, &a->platform);
    if (!chosen)
        return refuse(failure, -ENOENT, "no image for %s/%s in the index sha256:%s", a->platform.os,
                      a->platform.architecture, entry->digest.hex);
    return take_entry(a, chosen, reference, nesting + 1, failure);
}

/* An entry for another platform, or with what docker adds about how an image was made. */
static bool is_for_others(const struct image_archive *a, const struct image_index *index,
                          const struct descriptor *d)
{
    if (!d->platform.architecture || index->manifest_count == 1)
        return false;
    const struct image_index only = {
        .media_type = index->media_type, .manifests = (struct descriptor *)d, .manifest_count = 1};
    return image_index_choose(&only, &a->platform) == NULL;
}

int image_archive_load_oci(const struct image_archive *a, struct failure *failure)
{
    autofree char *text = NULL;
    size_t size;
    autoindex struct image_index index = {0};
    autoreport struct report report = {0};
    int r = image_archive_read(a, "index.json", &text, &size, failure);
    if (r < 0)
        return r;
    r = image_index_read("index.json", text, size, &report, &index);
    if (r < 0)
        return refuse_report(failure, r, "the archive's list of images", &report);
    size_t taken = 0;
    for (size_t i = 0; i < index.manifest_count; i++) {
        autofree char *reference = NULL;
        if (is_for_others(a, &index, &index.manifests[i]))
            continue;
        r = reference_of(&index.manifests[i], &reference, failure);
        if (r == 0)
            r = take_entry(a, &index.manifests[i], reference, 0, failure);
        if (r < 0)
            return r;
        taken++;
    }
    if (taken == 0)
        return refuse(failure, -ENOENT, "no image for %s/%s in the archive", a->platform.os,
                      a->platform.architecture);
    return 0;
}
