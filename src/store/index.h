/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* ROOT/images/index.json: the list of images (image-spec image-layout.md "index.json"). */
#include "formats/image_manifest.h"
#include "store/store.h"

/* Our annotation of an entry: the image's id without "sha256:", so that looking for an id reads no manifest.
 * Entries that other programs wrote do without. */
#define ANNOTATION_IMAGE_ID "io.unroot.image.id"

/* The index as it is; empty when there is none yet. */
int index_read(const struct store *s, struct image_index *ret_index, struct failure *failure) must_check;

/* A change: read under the lock, replaced at once, synced. index_edit_close() must follow index_edit_open().
 */
struct index_edit {
    const struct store *store;
    int lock_fd;
    struct image_index index;
};

int index_edit_open(struct index_edit *edit, const struct store *s, struct failure *failure) must_check;
int index_edit_write(struct index_edit *edit, struct failure *failure) must_check;
void index_edit_close(struct index_edit *edit);

/* The entry's reference, NULL for none; lent. */
const char *index_reference(const struct descriptor *entry);
/* Reads the entry's image id: the annotation, else from its manifest. -ENOENT: no manifest of an image. */
int index_image_id(const struct store *s, const struct descriptor *entry, struct digest *ret_id) must_check;
/* Takes the entry out of the list. */
void index_drop(struct image_index *index, size_t position);

/* A document of the store, read by its digest; findings become one failure. */
int index_read_manifest(const struct store *s, const struct digest *digest,
                        struct image_manifest *ret_manifest, struct failure *failure) must_check;
int index_read_config(const struct store *s, const struct digest *id, struct image_config *ret_config,
                      struct failure *failure) must_check;
/* `what` is broken: its first finding, and how many more. Returns `error`. */
int refuse_report(struct failure *failure, int error, const char *what, const struct report *report);
