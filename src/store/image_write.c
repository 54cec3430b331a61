/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "store/image.h"
#include "store/index.h"

#include <errno.h>
#include <string.h>

static const char *layer_media_type(enum layer_compression compression)
{
    switch (compression) {
    case LAYER_GZIP:
        return MEDIA_OCI_LAYER_GZIP;
    case LAYER_ZSTD:
        return MEDIA_OCI_LAYER_ZSTD;
    case LAYER_TAR:
    case LAYER_XZ:
    case LAYER_BZIP2:
        break;
    }
    return MEDIA_OCI_LAYER;
}

static int descriptor_fill(struct descriptor *d, const char *media_type, const struct digest *digest,
                           uint64_t size)
{
    *d = (struct descriptor){.media_type = strdup(media_type), .digest = *digest, .size = size};
    return d->media_type ? 0 : -ENOMEM;
}

static int add_layers(struct image_manifest *manifest, const struct image_new *image)
{
    for (size_t i = 0; i < image->layer_count; i++) {
        const struct layer_result *layer = &image->layers[i];
        struct descriptor d;
        int r = descriptor_fill(&d, layer_media_type(layer->compression), &layer->digest, layer->size);
        if (r == 0)
            r = image_manifest_add_layer(manifest, &d);
        descriptor_free(&d);
        if (r < 0)
            return r;
    }
    return 0;
}

static int check_layers(const struct image_new *image, struct failure *failure)
{
    if (image->config->diff_id_count != image->layer_count)
        return refuse(failure, -EINVAL, "the config names %zu layers, there are %zu",
                      image->config->diff_id_count, image->layer_count);
    for (size_t i = 0; i < image->layer_count; i++)
        if (!digest_equal(&image->config->diff_ids[i], &image->layers[i].diffid))
            return refuse(failure, -EINVAL, "layer %zu is sha256:%s, the config says sha256:%s", i + 1,
                          image->layers[i].diffid.hex, image->config->diff_ids[i].hex);
    return 0;
}

/* The manifest's descriptor in the index, without its annotations. */
static int write_documents(const struct store *s, const struct image_new *image, struct digest *ret_id,
                           struct descriptor *ret_entry)
{
    automanifest struct image_manifest manifest = {.media_type = strdup(MEDIA_OCI_MANIFEST)};
    autofree char *config =
        image->config_text ? strdup(image->config_text) : image_config_write(image->config);
    if (!manifest.media_type || !config)
        return -ENOMEM;
    struct digest id, digest;
    int r = blob_write(s, config, strlen(config), &id);
    if (r == 0)
        r = descriptor_fill(&manifest.config, MEDIA_OCI_CONFIG, &id, strlen(config));
    if (r == 0)
        r = add_layers(&manifest, image);
    if (r < 0)
        return r;
    autofree char *text = image_manifest_write(&manifest);
    r = text ? blob_write(s, text, strlen(text), &digest) : -ENOMEM;
    if (r < 0)
        return r;
    *ret_id = id;
    return descriptor_fill(ret_entry, MEDIA_OCI_MANIFEST, &digest, strlen(text));
}

static int set_annotations(struct descriptor *entry, const struct digest *id, const char *reference)
{
    autotext struct text text = {0};
    text_printf(&text, ANNOTATION_IMAGE_ID "=%s", id->hex);
    if (text_error(&text) < 0)
        return -ENOMEM;
    int r = strings_set_variable(&entry->annotations, text_peek(&text));
    if (r < 0 || !reference)
        return r;
    autotext struct text name = {0};
    text_printf(&name, ANNOTATION_REF_NAME "=%s", reference);
    return text_error(&name) < 0 ? -ENOMEM : strings_set_variable(&entry->annotations, text_peek(&name));
}

static void drop_annotation(struct descriptor *entry, const char *name)
{
    size_t kept = 0, length = strlen(name);
    for (size_t i = 0; i < entry->annotations.count; i++) {
        char *item = entry->annotations.items[i];
        if (strncmp(item, name, length) == 0 && item[length] == '=')
            free(item);
        else
            entry->annotations.items[kept++] = item;
    }
    entry->annotations.count = kept;
    if (entry->annotations.items)
        entry->annotations.items[kept] = NULL;
}

static bool is_only_entry(const struct image_index *index, size_t position)
{
    for (size_t i = 0; i < index->manifest_count; i++)
        if (i != position && digest_equal(&index->manifests[i].digest, &index->manifests[position].digest))
            return false;
    return true;
}

/* The entry loses its reference: it goes, or stays as a dangling image when it is the manifest's only one. */
static void release_entry(struct image_index *index, size_t position)
{
    if (is_only_entry(index, position))
        drop_annotation(&index->manifests[position], ANNOTATION_REF_NAME);
    else
        index_drop(index, position);
}

static bool release_reference(struct image_index *index, const char *reference)
{
    for (size_t i = 0; i < index->manifest_count; i++) {
        if (streq(index_reference(&index->manifests[i]), reference)) {
            release_entry(index, i);
            return true;
        }
    }
    return false;
}

/* A dangling entry of the same manifest becomes the named one; with no reference an entry that is there
 * already will do.
 */
static int insert_entry(struct image_index *index, const struct descriptor *entry, const char *reference)
{
    for (size_t i = 0; i < index->manifest_count; i++) {
        if (!digest_equal(&index->manifests[i].digest, &entry->digest))
            continue;
        if (!reference || streq(index_reference(&index->manifests[i]), reference))
            return 0;
        if (!index_reference(&index->manifests[i])) {
            index_drop(index, i);
            break;
        }
    }
    if (reference)
        (void)release_reference(index, reference); /* whether another image had it does not matter */
    return image_index_add(index, entry);
}

static int add_to_index(const struct store *s, struct descriptor *entry, const struct digest *id,
                        const char *reference, struct failure *failure)
{
    struct index_edit edit;
    int r = index_edit_open(&edit, s, failure);
    if (r == 0) {
        r = set_annotations(entry, id, reference);
        if (r == 0)
            r = insert_entry(&edit.index, entry, reference);
        if (r < 0)
            (void)fail(failure, r, "adding to the list of images"); /* r is returned */
    }
    if (r == 0)
        r = index_edit_write(&edit, failure);
    index_edit_close(&edit);
    return r;
}

int image_write(const struct store *s, const struct image_new *image, struct digest *ret_id,
                struct failure *failure)
{
    struct descriptor entry = {0};
    struct digest id;
    int r = check_layers(image, failure);
    if (r < 0)
        return r;
    r = write_documents(s, image, &id, &entry);
    r = r < 0 ? fail(failure, r, "writing the image")
              : add_to_index(s, &entry, &id, image->reference, failure);
    descriptor_free(&entry);
    if (r == 0)
        *ret_id = id;
    return r;
}

int image_set_reference(const struct store *s, const struct digest *manifest, const char *reference,
                        struct failure *failure)
{
    automanifest struct image_manifest document = {0};
    int r = index_read_manifest(s, manifest, &document, failure);
    if (r < 0)
        return r;
    struct descriptor entry = {0};
    int64_t size = blob_size(s, manifest);
    r = size < 0 ? (int)size : descriptor_fill(&entry, document.media_type, manifest, (uint64_t)size);
    r = r < 0 ? fail(failure, r, "reading the manifest")
              : add_to_index(s, &entry, &document.config.digest, reference, failure);
    descriptor_free(&entry);
    return r;
}

int image_unset_reference(const struct store *s, const char *reference, struct failure *failure)
{
    struct index_edit edit;
    int r = index_edit_open(&edit, s, failure);
    if (r == 0 && !release_reference(&edit.index, reference))
        r = refuse(failure, -ENOENT, "no such image: %s", reference);
    if (r == 0)
        r = index_edit_write(&edit, failure);
    index_edit_close(&edit);
    return r;
}

int image_forget(const struct store *s, const struct digest *id, struct failure *failure)
{
    struct index_edit edit;
    int r = index_edit_open(&edit, s, failure);
    bool changed = false;
    for (size_t i = edit.index.manifest_count; r == 0 && i > 0; i--) {
        struct digest other;
        if (index_image_id(s, &edit.index.manifests[i - 1], &other) < 0 || !digest_equal(&other, id))
            continue;
        index_drop(&edit.index, i - 1);
        changed = true;
    }
    if (changed)
        r = index_edit_write(&edit, failure);
    index_edit_close(&edit);
    return r;
}
