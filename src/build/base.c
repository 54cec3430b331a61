/* SPDX-License-Identifier: Apache-2.0 */
#include "build/base.h"

#include "formats/reference.h"

#include <errno.h>
#include <string.h>

#define SHORT_ID_LENGTH 12 /* as `unroot images` shows an id */

int base_find_image(const struct store *s, const char *name, struct image *ret_image, struct failure *failure)
{
    size_t length = strlen(name);
    if (length >= SHORT_ID_LENGTH || strspn(name, "0123456789abcdef") != length)
        return image_find(s, name, ret_image, failure);
    autoreference struct reference reference = {0};
    int r = reference_parse_tagged(name, &reference, failure);
    if (r < 0)
        return r;
    autofree char *whole = reference_write(&reference);
    return whole ? image_find(s, whole, ret_image, failure)
                 : fail(failure, -ENOMEM, "looking for the image %s", name);
}

static int base_find(const struct base_request *request, struct image *ret_image, struct failure *failure)
{
    const struct store *s = request->work->store;
    int r = base_find_image(s, request->name, ret_image, failure);
    if (r == -ENOENT) {
        *failure = (struct failure){0};
        return refuse(failure, r, "image %s is not in the store: pull, load or import it first",
                      request->name);
    }
    return r < 0 ? r : image_prepare(s, ret_image, NULL, failure);
}

static int add_layer(struct build_snapshot *snapshot, const struct descriptor *blob,
                     const struct digest *diffid)
{
    struct build_layer layer = {
        .layer.result = {.digest = blob->digest, .diffid = *diffid, .size = blob->size}};
    int r = layer_compression_of(blob->media_type, &layer.layer.result.compression);
    return r < 0 ? r : build_snapshot_add_layer(snapshot, &layer);
}

/* Equal files are an equal state, whatever the image is called. */
static void set_state(struct build_snapshot *snapshot)
{
    struct build_key key;
    build_key_begin(&key, "image");
    for (size_t i = 0; i < snapshot->layer_count; i++)
        build_key_add_digest(&key, &snapshot->layers[i].layer.result.diffid);
    build_key_end(&key, &snapshot->state);
}

static int fill(const struct base_request *request, const struct image *image,
                struct build_snapshot *snapshot, struct failure *failure)
{
    automanifest struct image_manifest manifest = {0};
    int r = image_read_manifest(request->work->store, image, &manifest, failure);
    if (r < 0)
        return r;
    if (manifest.layer_count != image->config.diff_id_count)
        return refuse(failure, -EBADMSG, "image %s: its manifest and its configuration disagree",
                      request->name);
    r = image_config_copy(&image->config, &snapshot->config);
    for (size_t i = 0; r == 0 && i < manifest.layer_count; i++)
        r = add_layer(snapshot, &manifest.layers[i], &image->config.diff_ids[i]);
    if (r < 0)
        return fail(failure, r, "reading image %s", request->name);
    set_state(snapshot);
    if (image->config.created)
        snapshot->created = strdup(image->config.created);
    return image->config.created && !snapshot->created ? fail(failure, -ENOMEM, "reading the image") : 0;
}

int base_open(const struct base_request *request, struct build_snapshot *ret_snapshot,
              struct failure *failure)
{
    autoimage struct image image = {0};
    struct build_snapshot snapshot = {0};
    int r = base_find(request, &image, failure);
    if (r == 0)
        r = fill(request, &image, &snapshot, failure);
    if (r < 0) {
        build_snapshot_free(&snapshot);
        return r;
    }
    *ret_snapshot = snapshot;
    return 0;
}
