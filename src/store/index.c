/* SPDX-License-Identifier: Apache-2.0 */
#include "store/index.h"

#include "kernel/file.h"
#include "store/blob.h"

#include <errno.h>
#include <string.h>

#define INDEX_NAME "index.json"

int refuse_report(struct failure *failure, int error, const char *what, const struct report *report)
{
    if (report->count == 0)
        return fail(failure, error, "%s", what);
    const struct finding *first = &report->items[0];
    if (report->count == 1)
        return refuse(failure, error, "%s: %s: %s", what, first->place, first->text);
    return refuse(failure, error, "%s: %s: %s (and %zu more)", what, first->place, first->text,
                  report->count - 1 + report->dropped);
}

int index_read(const struct store *s, struct image_index *ret_index, struct failure *failure)
{
    autofree char *data = NULL;
    size_t size = 0;
    int r = file_read_all(s->images_fd, INDEX_NAME, BLOB_DOCUMENT_MAX, &data, &size);
    if (r == -ENOENT) {
        *ret_index = (struct image_index){.media_type = strdup(MEDIA_OCI_INDEX)};
        return ret_index->media_type ? 0 : fail(failure, -ENOMEM, "reading the list of images");
    }
    if (r < 0)
        return fail(failure, r, "reading the list of images");
    autoreport struct report report = {0};
    r = image_index_read(INDEX_NAME, data, size, &report, ret_index);
    return r < 0 ? refuse_report(failure, r, "the list of images", &report) : 0;
}

int index_edit_open(struct index_edit *edit, const struct store *s, struct failure *failure)
{
    *edit = (struct index_edit){.store = s, .lock_fd = -EBADF};
    edit->lock_fd = store_lock(s, STORE_LOCK_INDEX);
    if (edit->lock_fd < 0)
        return fail(failure, edit->lock_fd, "locking the list of images");
    return index_read(s, &edit->index, failure);
}

int index_edit_write(struct index_edit *edit, struct failure *failure)
{
    autofree char *text = image_index_write(&edit->index);
    if (!text)
        return fail(failure, -ENOMEM, "writing the list of images");
    int r = file_write_atomic(edit->store->images_fd, INDEX_NAME, text, strlen(text), true);
    return r < 0 ? fail(failure, r, "writing the list of images") : 0;
}

void index_edit_close(struct index_edit *edit)
{
    image_index_free(&edit->index);
    edit->index = (struct image_index){0};
    if (edit->lock_fd >= 0)
        (void)close(edit->lock_fd); /* a lock */
    edit->lock_fd = -EBADF;
}

const char *index_reference(const struct descriptor *entry)
{
    const char *name = strings_get_variable(&entry->annotations, ANNOTATION_REF_NAME);
    return name && name[0] ? name : NULL;
}

int index_image_id(const struct store *s, const struct descriptor *entry, struct digest *ret_id)
{
    const char *id = strings_get_variable(&entry->annotations, ANNOTATION_IMAGE_ID);
    if (id && digest_parse_hex(id, ret_id) == 0)
        return 0;
    struct failure unused = {0};
    automanifest struct image_manifest manifest = {0};
    if (index_read_manifest(s, &entry->digest, &manifest, &unused) < 0)
        return -ENOENT;
    *ret_id = manifest.config.digest;
    return 0;
}

void index_drop(struct image_index *index, size_t position)
{
    descriptor_free(&index->manifests[position]);
    index->manifest_count--;
    memmove(&index->manifests[position], &index->manifests[position + 1],
            (index->manifest_count - position) * sizeof(index->manifests[0]));
}

int index_read_manifest(const struct store *s, const struct digest *digest,
                        struct image_manifest *ret_manifest, struct failure *failure)
{
    autofree char *data = NULL;
    size_t size = 0;
    char name[DIGEST_TEXT_LENGTH + 1];
    int r = blob_read(s, digest, &data, &size);
    if (r < 0)
        return fail(failure, r, "reading the manifest %s", digest_write(digest, name));
    autoreport struct report report = {0};
    r = image_manifest_read(digest_write(digest, name), data, size, &report, ret_manifest);
    return r < 0 ? refuse_report(failure, r, "the manifest", &report) : 0;
}

int index_read_config(const struct store *s, const struct digest *id, struct image_config *ret_config,
                      struct failure *failure)
{
    autofree char *data = NULL;
    size_t size = 0;
    char name[DIGEST_TEXT_LENGTH + 1];
    int r = blob_read(s, id, &data, &size);
    if (r < 0)
        return fail(failure, r, "reading the image config %s", digest_write(id, name));
    autoreport struct report report = {0};
    r = image_config_read(digest_write(id, name), data, size, &report, ret_config);
    return r < 0 ? refuse_report(failure, r, "the image config", &report) : 0;
}
