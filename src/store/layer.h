/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Layers, unpacked once: ROOT/storage/layers/HEX, HEX being the diffID (the digest of the layer's tar without
 * compression). A folder of that name is complete and synced; while one is made it is a staging folder. */
#include "formats/image_manifest.h"
#include "store/blob_partial.h"
#include "store/staging.h"

#define LAYER_FOLDER_SIZE 80 /* "layers/" + 64 + NUL */

/* Where a layer's bytes come from and what is already known of them. */
struct layer_source {
    int fd;           /* read from its current position to its end: a file, a pipe, a socket; lent */
    const char *what; /* for progress and messages: "layer 2/4" */
    const struct digest *digest; /* expected digest of the bytes as they are, or NULL */
    const struct digest *diffid; /* expected digest without compression, or NULL */
    uint64_t size;               /* expected size, 0 = unknown */
    bool adopt;     /* with keep_blob: `fd` is a file of this file system that may become the blob itself */
    bool keep_blob; /* store the bytes as a blob too */
    const struct blob_partial *partial; /* with keep_blob: the first bytes, `fd` continues it; NULL: none */
};

struct layer_result {
    struct digest digest; /* of the bytes as they came */
    struct digest diffid;
    uint64_t size;          /* of the bytes as they came */
    uint64_t unpacked_size; /* of the content of its files; 0 when it was there already */
    uint64_t entries, skipped_devices, skipped_xattrs;
    enum layer_compression compression;
};

/* A layer that was read but has no name yet. */
struct layer_stage {
    const struct store *store;
    struct blob_writer blob;      /* without a hash: nothing of it is wanted */
    bool archive;                 /* layer_stage_archive() */
    int folder_fd;                /* -EBADF: the layer was there already */
    char name[STAGING_NAME_SIZE]; /* ".new-*", "" for a layer that was there already */
    struct layer_result result;
};

/* Reads a layer once: hashes it, stores it, unpacks it in unroot-unpack. The caller holds STORE_LOCK_ADD from
 * here until an image refers to the layer. -EBADMSG: another digest than expected. On success
 * layer_stage_close() must follow. */
int layer_stage(const struct store *s, const struct layer_source *source,
                const struct store_progress *progress, struct layer_stage *ret_stage,
                struct failure *failure) must_check;
/* The parts of an image archive (`docker save`, an OCI layout as a tar): regular files, folders and links as
 * they are, without owners. Nothing is hashed or kept; the staging folder is the caller's to remove
 * (staging_remove()). */
int layer_stage_archive(const struct store *s, const struct layer_source *source,
                        const struct store_progress *progress, char ret_name[STAGING_NAME_SIZE],
                        struct failure *failure) must_check;
/* Syncs once and gives all of them their names. Several processes may do this with the same layer: one folder
 * wins, the others are rubbish. */
int layer_publish(const struct store *s, struct layer_stage *stages, size_t count,
                  struct failure *failure) must_check;
/* What has no name yet is deleted. */
void layer_stage_close(struct layer_stage *stage);

bool layer_exists(const struct store *s, const struct digest *diffid);
/* "layers/HEX", relative to storage_fd. */
void layer_folder(const struct digest *diffid, char ret_folder[LAYER_FOLDER_SIZE]);
/* Bytes that the layer's files occupy (counted when it was unpacked); negative errno. */
int64_t layer_size(const struct store *s, const struct digest *diffid) must_check;
/* Keeps that number on a layer's folder. */
int layer_set_size(int folder_fd, uint64_t bytes) must_check;
/* Takes the layer's folder out of the way at once and deletes it; the caller holds STORE_LOCK_COLLECT. */
int layer_remove(const struct store *s, const struct digest *diffid) must_check;
