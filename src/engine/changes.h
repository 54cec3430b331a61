/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a container changed in its image, and ways out for files: diff, commit, export, cp; and save. All
 * calls: 0 or negative errno with `failure` filled. */
#include "engine/container.h"
#include "store/image.h"

struct container_change {
    char kind;  /* 'A' added, 'C' changed, 'D' deleted */
    char *path; /* "/etc/passwd"; as the container named it: clean it before a terminal sees it */
};

/* Sorted by path. Volumes are no part of it. */
int container_diff(struct engine *e, const char *who, struct container_change **ret_changes,
                   size_t *ret_count, struct failure *failure) must_check;
void container_changes_free(struct container_change *changes, size_t count);

struct container_commit_request {
    const char *container;
    const char *reference; /* NULL: a dangling image */
    const char *author, *message;
    struct strings changes; /* Dockerfile instructions */
    bool no_pause;          /* otherwise a running container stands still meanwhile, where it has a freezer */
    struct store_progress progress;
};

/* The container's image and one layer more. */
int container_commit(struct engine *e, const struct container_commit_request *request, struct digest *ret_id,
                     struct failure *failure) must_check;

/* The container's file system (without its volumes) as a tar stream, ids as inside. */
int container_export(struct engine *e, const char *who, int output_fd, struct failure *failure) must_check;

struct container_copy_request {
    const char *container;
    const char *inside;  /* a path in the container; relative ones begin at its root */
    const char *outside; /* a path here, or "-": a tar stream on stream_fd */
    int stream_fd;
    bool follow_link; /* of the source's last component */
    bool keep_owner;  /* -a: numeric ids as they are; else root inside, the caller outside */
};

/* docker's rules for what the copy is called: into a folder that exists, else under the given name; "SRC/."
 * is the content of SRC. Links in the container are resolved within it, whatever it does meanwhile.
 * Set-user-id bits do not come out. A running container's volumes are seen, a stopped one's are not. */
int container_copy_in(struct engine *e, const struct container_copy_request *request,
                      struct failure *failure) must_check;
int container_copy_out(struct engine *e, const struct container_copy_request *request,
                       struct failure *failure) must_check;

enum image_save_format {
    IMAGE_SAVE_BOTH,   /* as docker has written it since 25: both sorts of programs load it */
    IMAGE_SAVE_DOCKER, /* only docker's manifest.json */
    IMAGE_SAVE_OCI,    /* only the OCI layout */
};

struct image_save_request {
    enum image_save_format format;
    struct strings images; /* references or ids; at least one */
    int output_fd;
};

/* An OCI layout, docker's manifest.json, or both in one tar. */
int image_save(struct engine *e, const struct image_save_request *request,
               struct failure *failure) must_check;
