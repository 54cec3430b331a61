/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One push, shared by its parts: image_push.c (all of it) and push_blobs.c (its blobs). */
#include "engine/image_transfer.h"
#include "registry/session.h"
#include "store/image.h"

/* What is asked about a blob right now. */
enum push_step { PUSH_IDLE, PUSH_HEAD, PUSH_MOUNT, PUSH_PUT, PUSH_DONE };

struct push_blob {
    const struct descriptor *descriptor;
    bool is_layer;
    size_t position; /* of a layer, for progress */
    enum push_step step;
    uint32_t request;    /* its id in the wire */
    struct strings from; /* repositories of the same registry that may have it */
    size_t tried;        /* of them */
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
