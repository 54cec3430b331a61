/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* An opened image archive: a folder in the form of an OCI layout or of `docker save`, whose files strangers
 * wrote. All paths in it are resolved within the folder. */
#include "formats/image_manifest.h"
#include "store/image.h"

struct image_archive {
    const struct store *store;
    const struct store_progress *progress;
    int folder_fd;
    bool adopt; /* its files lie in the store's file system and may become blobs themselves */
    struct platform platform;
    struct strings *loaded; /* what came in, as docker shows it */
};

/* Adds every image of the layout's index.json that fits the platform. */
int image_archive_load_oci(const struct image_archive *a, struct failure *failure) must_check;
/* Adds every image of manifest.json. */
int image_archive_load_docker(const struct image_archive *a, struct failure *failure) must_check;

/* For both: a small document by its path, the caller frees it; a file to read a layer from. -ENOENT "is
 * missing". */
int image_archive_read(const struct image_archive *a, const char *path, char **ret_data, size_t *ret_size,
                       struct failure *failure) must_check;
int image_archive_open(const struct image_archive *a, const char *path, struct failure *failure) must_check;
/* Notes "nginx:latest" or, without a reference, the id. `reference` is whole. */
int image_archive_note(const struct image_archive *a, const char *reference, const struct digest *id,
                       struct failure *failure) must_check;
