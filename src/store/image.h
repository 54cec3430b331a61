/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Images: entries of ROOT/images/index.json, each a manifest with at most one reference (image-spec
 * image-layout.md); an image with several references has several entries, one without is "dangling". An
 * image's id is the digest of its config, as docker has it. References are kept whole:
 * "docker.io/library/nginx:latest". */
#include "formats/image_config.h"
#include "formats/image_manifest.h"
#include "store/layer.h"

struct image {
    struct digest id;       /* of the config */
    struct digest manifest; /* hex "" for an image that was removed while a container still uses it */
    struct image_config config;
    struct strings references; /* all that it has */
};

#define autoimage __attribute__((cleanup(image_free)))

/* `who`: a reference ("nginx", "nginx:1", "nginx@sha256:.."), an id with or without "sha256:", or a unique
 * prefix of at least one hex digit of one. A reference wins over a prefix. Reads three small files and hashes
 * nothing. -ENOENT "no such image: web", -EEXIST "ambiguous". An image that a container keeps alive is found
 * by its whole id. */
int image_find(const struct store *s, const char *who, struct image *ret_image,
               struct failure *failure) must_check;
void image_free(struct image *image);

/* Its manifest as it lies in the store. */
int image_read_manifest(const struct store *s, const struct image *image, struct image_manifest *ret_manifest,
                        struct failure *failure) must_check;

/* Folders for overlay's lower layers, relative to storage_fd ("layers/HEX"), top layer first. */
int image_layer_folders(const struct image *image, struct strings *ret_folders) must_check;
/* Unpacks from the blobs what is missing of the layers (the image was put into the layout by another program,
 * or its layers were deleted). Costs one faccessat(2) a layer when all are there. */
int image_prepare(const struct store *s, const struct image *image, const struct store_progress *progress,
                  struct failure *failure) must_check;

/* One image in a listing; `references` is empty for a dangling one. */
struct image_entry {
    struct digest id, manifest;
    struct strings references;
};

struct image_entries {
    struct image_entry *items;
    size_t count;
};

#define autoentries __attribute__((cleanup(image_entries_free)))

/* Every image once, in the order of index.json. Entries that cannot be read (an index of another program's, a
 * lost blob) are left out. */
int image_enumerate(const struct store *s, struct image_entries *ret_entries,
                    struct failure *failure) must_check;
void image_entries_free(struct image_entries *entries);
/* The image of an entry, with its config. */
int image_open(const struct store *s, const struct image_entry *entry, struct image *ret_image,
               struct failure *failure) must_check;

/* Writes a config and the OCI manifest of it and its layers (blobs that are there already) and adds the image
 * to the index. A `reference` (whole, or NULL for a dangling image) that another image had is taken from it.
 */
struct image_new {
    const struct image_config *config;
    const char *config_text; /* the config as it came, so that the id stays; NULL: `config` is written */
    const struct layer_result *layers; /* lowest first; config->diff_ids must agree */
    size_t layer_count;
    const char *reference;
};
int image_write(const struct store *s, const struct image_new *image, struct digest *ret_id,
                struct failure *failure) must_check;
/* Adds an image whose manifest, config and layer blobs are in the store, or gives one that is listed another
 * reference; another image that had it becomes dangling when it was its last. NULL: a dangling image, unless
 * it is listed. */
int image_set_reference(const struct store *s, const struct digest *manifest, const char *reference,
                        struct failure *failure) must_check;
/* Takes a reference away; the image stays, dangling when that was its last. -ENOENT. */
int image_unset_reference(const struct store *s, const char *reference, struct failure *failure) must_check;
/* Takes all entries of an image out of the index. Content stays until store_collect(). */
int image_forget(const struct store *s, const struct digest *id, struct failure *failure) must_check;

/* Deletes blobs and layers that neither the index nor an image id of `used` (hex, from the containers'
 * records) leads to. The caller holds STORE_LOCK_COLLECT and read `used` while holding it. *ret_bytes (may be
 * NULL): what was freed. */
int store_collect(const struct store *s, const struct strings *used, uint64_t *ret_bytes,
                  struct failure *failure) must_check;
