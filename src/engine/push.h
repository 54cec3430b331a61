/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One push, shared by its parts: image_push.c (all of it), push_blobs.c (its blobs) and push_pack.c (layers
 * that are compressed on the way). */
#include "engine/image_transfer.h"
#include "registry/session.h"
#include "store/compressed.h"
#include "store/image.h"
#include "store/unpacker.h"

/* What happens with a blob right now. */
enum push_step { PUSH_IDLE, PUSH_PACK, PUSH_HEAD, PUSH_MOUNT, PUSH_PUT, PUSH_DONE };

struct push_blob {
    const struct descriptor *descriptor; /* as it is in the store */
    struct compressed_layer sent; /* as the registry gets it; digest "": it has to be compressed to know */
    bool is_layer;
    size_t position; /* of a layer, for progress */
    enum push_step step;
    uint32_t request;             /* its id in the wire */
    struct strings from;          /* repositories of the same registry that may have it */
    size_t tried;                 /* of them */
    const struct push_blob *same; /* the same blob, lower in the image; NULL: none */
    bool pack;                    /* it is compressed on the way */
    bool lacking;                 /* the registry said that it does not have `sent` */
    struct unpacker packer;
    int plain_fd, packed_fd; /* what it reads, what it writes; -EBADF: not begun */
};

struct push {
    struct engine *engine;
    const struct store *store;
    const struct image_push_request *request;
    struct reference reference;
    char *name; /* as docker shows it */
    struct registry_session session;
    struct image image;
    struct image_manifest manifest;
    struct push_blob *blobs; /* the layers, then the config */
    size_t blob_count;
};

/* Brings the registry all blobs that it lacks, several side by side. */
int push_blobs(struct push *p, struct failure *failure) must_check;

/* The blob as it lies in the store; the caller's. */
int push_open_blob(const struct push *p, const struct push_blob *b, struct failure *failure) must_check;
/* Whether the layer is compressed on the way, and what is known of the result. */
int push_pack_prepare(const struct push *p, struct push_blob *b, struct failure *failure) must_check;
/* Starts the compressor; packer.pidfd says when it has ended. */
int push_pack_begin(const struct push *p, struct push_blob *b, struct failure *failure) must_check;
/* Waits for its end: `sent` and packed_fd are known. */
int push_pack_finish(const struct push *p, struct push_blob *b, struct failure *failure) must_check;
/* Bytes of the plain layer that it has read. */
uint64_t push_pack_done(const struct push_blob *b);
/* Ends what runs and closes what is open. */
void push_pack_end(struct push_blob *b);
/* Puts what was compressed into the manifest. false: it stays as it is. */
int push_pack_manifest(struct push *p, bool *ret_changed) must_check;
