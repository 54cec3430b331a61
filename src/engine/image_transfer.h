/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Images from and to registries: the engine's verbs. All calls: 0 or negative errno with `failure` filled. */
#include "engine/engine.h"
#include "formats/image_manifest.h"
#include "registry/credentials.h"

#include <stdbool.h>
#include <stdint.h>

enum transfer_state {
    TRANSFER_WAITING,     /* for a place, another download, a rate limit: see text */
    TRANSFER_DOWNLOADING, /* and unpacked meanwhile */
    TRANSFER_EXTRACTING,  /* all bytes are here */
    TRANSFER_COMPLETE,    /* read and verified */
    TRANSFER_EXISTS,      /* was here, or there, already */
    TRANSFER_PACKING,
    TRANSFER_PUSHING,
    TRANSFER_PUSHED,
    TRANSFER_MOUNTED, /* the registry took it from another repository of its own */
    TRANSFER_STATE_COUNT,
};

/* How far one layer is; called often. */
struct transfer_event {
    size_t position, count;      /* which of how many, lowest first */
    const struct digest *digest; /* of the compressed layer */
    enum transfer_state state;
    uint64_t done, total; /* bytes */
    const char *text;     /* what it waits for, or "" */
};

struct transfer_progress {
    void (*report)(void *context, const struct transfer_event *event); /* may be NULL */
    void *context;
};

struct image_pull_request {
    const char *reference; /* as a person writes it */
    const char *platform;  /* "linux/arm64"; NULL: this machine's */
    uint32_t attempts;     /* of each request; 0: six */
    const struct registry_environment *environment;
    struct transfer_progress progress;
};

struct image_pull_result {
    struct digest digest; /* of what the reference means at the registry: an index's, or the manifest's */
    bool changed;         /* the reference means another image now than before */
};

/* Brings an image into the store. The reference means it once everything is there and verified; what an ended
 * or failed pull had downloaded of a layer is kept for a day for the next one. */
int image_pull(struct engine *e, const struct image_pull_request *request,
               struct image_pull_result *ret_result, struct failure *failure) must_check;

struct image_push_request {
    const char *reference; /* of an image of the store; it says where it goes */
    uint64_t chunk_size;   /* uploads in parts of so many bytes; 0: whole */
    uint32_t attempts;     /* as for a pull */
    /* For layers that are here uncompressed; those that came compressed go out as they came. LAYER_TAR: none.
     */
    enum layer_compression compression;
    unsigned compression_level; /* gzip 1..9, zstd 1..19; 0: 6, 3 */
    const struct registry_environment *environment;
    struct transfer_progress progress;
};

struct image_push_result {
    struct digest digest; /* of the manifest as it is at the registry */
    uint64_t size;        /* of the manifest */
};

int image_push(struct engine *e, const struct image_push_request *request,
               struct image_push_result *ret_result, struct failure *failure) must_check;

/* A reference's manifest or index as the registry has it; the caller frees *ret_text. */
struct manifest_inspect_request {
    const char *reference;
    const struct registry_environment *environment;
};
int registry_manifest(struct engine *e, const struct manifest_inspect_request *request, char **ret_text,
                      struct digest *ret_digest, struct failure *failure) must_check;
/* The tags of a repository, sorted. */
int registry_tags(struct engine *e, const struct manifest_inspect_request *request, struct strings *ret_tags,
                  struct failure *failure) must_check;

struct registry_login_request {
    const char *registry; /* HOST[:PORT]; NULL: docker.io */
    const struct registry_credentials
        *credentials; /* NULL: only look whether those that are known are good */
    const struct registry_environment *environment;
};
/* Asks the registry whether the credentials are good, then stores them. -EACCES: they are not. */
int registry_login(struct engine *e, const struct registry_login_request *request,
                   struct credentials_place *ret_place, struct failure *failure) must_check;
/* -ENOENT: not logged in. */
int registry_logout(const struct registry_login_request *request, struct failure *failure) must_check;
