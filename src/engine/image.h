/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Images: the engine's verbs. `who` is a reference, an id or a unique prefix of one (store/image.h). All
 * calls: 0 or negative errno with `failure` filled. */
#include "engine/engine.h"
#include "store/image.h"

#include <json-c/json.h>

struct image_import_request {
    const char *source;     /* a tar file (plain, gzip, zstd), a folder, or "-" for source_fd */
    int source_fd;          /* read when source is "-" */
    const char *reference;  /* NULL: a dangling image */
    struct strings changes; /* Dockerfile instructions: "USER 950:950" */
    const char *message;    /* history comment; NULL: docker's "Imported from .." */
    const char *platform;   /* "linux/arm64"; NULL: this machine's */
    struct store_progress progress;
};

struct image_import_result {
    struct digest id;
    uint64_t entries, skipped_devices;
};

int image_import(struct engine *e, const struct image_import_request *request,
                 struct image_import_result *ret_result, struct failure *failure) must_check;

struct image_load_request {
    const char *source; /* docker-archive or OCI archive (plain, gzip, zstd), an OCI layout folder, or "-" */
    int source_fd;
    const char *platform; /* which entry of a multi-platform index; NULL: this machine's */
    struct store_progress progress;
};

/* What was loaded: the reference as docker shows it, or "sha256:HEX" for one without. */
int image_load(struct engine *e, const struct image_load_request *request, struct strings *ret_loaded,
               struct failure *failure) must_check;

struct image_summary {
    struct digest id, manifest;
    struct strings references; /* whole: "docker.io/library/nginx:latest" */
    struct strings labels;
    int64_t created;     /* seconds since the epoch, 0 = not said */
    uint64_t size_bytes; /* of the unpacked layers */
    size_t container_count;
    char *user; /* the image's USER, "" = none said */
    char *architecture, *os;
};

struct image_list {
    struct image_summary *items;
    size_t count;
};

/* Newest first. */
int image_list(struct engine *e, struct image_list *ret_list, struct failure *failure) must_check;
void image_list_free(struct image_list *list);

struct image_removal {
    struct strings untagged; /* as docker shows them */
    struct strings deleted;  /* "sha256:HEX" */
    uint64_t freed_bytes;
};

/* docker's rules: a reference of several is only untagged; the last one, or an id, deletes the image. -EBUSY
 * when a container uses it, or for an id with several references: `force` untags all; layers that a container
 * uses stay until it is gone. */
int image_remove(struct engine *e, const char *who, bool force, struct image_removal *ret_removal,
                 struct failure *failure) must_check;
void image_removal_free(struct image_removal *removal);
/* Dangling images, with `all` also those that no container uses; and content that nothing refers to. */
int image_prune(struct engine *e, bool all, struct image_removal *ret_removal,
                struct failure *failure) must_check;
/* Deletes what neither images, containers nor the build cache refer to, unless something is being added right
 * now: then the next one does it. *freed is left alone in that case. */
int image_collect(struct engine *e, const struct store *s, uint64_t *freed,
                  struct failure *failure) must_check;
int image_tag(struct engine *e, const char *who, const char *reference, struct failure *failure) must_check;
/* docker's `image inspect` document. */
int image_inspect(struct engine *e, const char *who, struct json_object **ret_document,
                  struct failure *failure) must_check;

struct image_history_row {
    struct digest id; /* of the image in the top row, hex "" below ("<missing>") */
    int64_t created;  /* seconds; 0 = not said */
    char *created_by, *comment;
    uint64_t size_bytes; /* 0 for a row without a layer */
};

/* Newest first. */
int image_history(struct engine *e, const char *who, struct image_history_row **ret_rows, size_t *ret_count,
                  struct failure *failure) must_check;
void image_history_free(struct image_history_row *rows, size_t count);
