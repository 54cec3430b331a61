/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One pull, shared by its parts: pull_manifest.c (what is wanted), pull_layers.c (which layers, in which
 * order), pull_layer.c (one of them), image_pull.c (all of it). */
#include "engine/image_transfer.h"
#include "registry/session.h"
#include "store/image.h"
#include "store/layer_worker.h"

/* One layer on its way. */
struct pull_layer {
    const struct descriptor *descriptor;
    const struct digest *diffid;
    char what[64];       /* "layer 4f4fb700ef54" */
    bool done;           /* published, or was there */
    bool claimed;        /* its partial file is ours, or its blob is here */
    bool local;          /* the blob is here, only the unpacked files are missing */
    bool running;        /* until the worker ended and unroot-fetch answered */
    bool answered;       /* unroot-fetch said how the download ended */
    bool worker_ended;   /* staged, or with `error` */
    bool tried_again;    /* from its first byte, because what an earlier download left did not fit */
    uint64_t begun_with; /* bytes that an earlier download left */
    uint32_t request;    /* its id in the wire */
    uint64_t received;   /* bytes, as unroot-fetch says: only shown */
    struct blob_partial partial;
    struct layer_worker worker;
    struct layer_stage stage;
    struct fetch_reply answer;
    struct failure failure; /* the worker's */
};

struct pull {
    struct engine *engine;
    const struct store *store;
    const struct image_pull_request *request;
    struct reference reference;
    char *name; /* as docker shows it */
    struct platform platform;
    struct registry_session session;
    struct registry_document top, manifest_text, config_text;
    struct image_manifest manifest;
    struct image_config config;
    struct pull_layer *layers;
};

/* Fills top, manifest and config from the registry; all verified. */
int pull_read_documents(struct pull *p, struct failure *failure) must_check;
/* Brings all layers into the store; the caller holds STORE_LOCK_ADD. */
int pull_read_layers(struct pull *p, struct failure *failure) must_check;

/* Begins a claimed layer. */
int pull_layer_begin(struct pull *p, struct pull_layer *l, struct failure *failure) must_check;
/* unroot-fetch said something about it; its worker has something to say. */
void pull_layer_hear(struct pull *p, struct pull_layer *l, const struct fetch_reply *reply);
int pull_layer_listen(struct pull *p, struct pull_layer *l, struct failure *failure) must_check;
/* Once worker_ended and answered: 1 staged; 0 begun again; else why not. */
int pull_layer_finish(struct pull *p, struct pull_layer *l, struct failure *failure) must_check;
void pull_layer_release(struct pull *p, struct pull_layer *l);
void pull_report(const struct pull *p, const struct pull_layer *l, enum transfer_state state,
                 const char *text);
