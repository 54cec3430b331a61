/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What an uncompressed layer is when it is compressed for a registry. The compressed bytes are made for a
 * push and not kept; ROOT/cache/compressed/HEX.FORM keeps their digest and size (HEX: the digest of the tar),
 * so that the next push can ask whether they are there before it makes them again. */
#include "formats/image_manifest.h"
#include "store/digest_set.h"
#include "store/store.h"

struct compressed_form {
    enum layer_compression compression; /* LAYER_GZIP or LAYER_ZSTD */
    unsigned level;                     /* the compressor's */
};

struct compressed_layer {
    struct digest digest;
    uint64_t size; /* bytes */
};

/* -ENOENT: not known. What it says may be untrue for another version of the compressor. */
int compressed_find(const struct store *s, const struct digest *plain, const struct compressed_form *form,
                    struct compressed_layer *ret_layer) must_check;
int compressed_write(const struct store *s, const struct digest *plain, const struct compressed_form *form,
                     const struct compressed_layer *layer) must_check;
/* Forgets the layers whose tar is not in `keep` (sorted). */
int compressed_collect(const struct store *s, const struct digest_set *keep) must_check;

/* A file without a name below ROOT/images for the compressed bytes; the caller's. */
int compressed_file_open(const struct store *s) must_check;
/* What the file holds from its beginning, hashed here. */
int compressed_file_read(int fd, struct compressed_layer *ret_layer) must_check;
