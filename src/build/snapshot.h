/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The image between two steps: its configuration so far and its layers, which may still be staging folders. A
 * stage's process makes it; the main process gets it as text and publishes what is new. */
#include "formats/image_config.h"
#include "store/build_cache.h"
#include "store/layer_adopt.h"

#include <sys/types.h>

struct build_layer {
    struct layer_adoption layer; /* .folder "": published before, layers/DIFFID */
    struct digest state;         /* stands for the files up to here in cache keys */
    char *created;               /* RFC 3339; NULL: not known (a base image's) */
    pid_t packer;                /* the process that makes the tar, 0: none. Only in the stage's process */
    int packer_pidfd, packer_fd; /* and where it tells what came of it */
};

/* What a step made, for the cache. */
struct build_made {
    struct digest key, state;
    char *created, *what;
    ssize_t layer; /* index, -1: the step changed nothing */
};

struct build_snapshot {
    struct image_config config; /* .diff_ids are filled by build_snapshot_finish() */
    struct build_layer *layers; /* lowest first */
    size_t layer_count;
    struct build_made *made;
    size_t made_count;
    struct digest state; /* of the files as they are */
    char *created;       /* of the newest layer; NULL: not known */
    bool scratch;        /* FROM scratch: nothing below the first layer */
};

void build_snapshot_free(struct build_snapshot *s);
/* A copy to build upon: without what was made for the cache. */
int build_snapshot_copy(const struct build_snapshot *from, struct build_snapshot *ret_copy) must_check;

/* A layer's folder below storage_fd: "layers/..". */
void build_layer_folder(const struct build_layer *layer, char ret_folder[LAYER_FOLDER_SIZE]);
/* All of them, top first, as overlay(5) wants them. */
int build_snapshot_folders(const struct build_snapshot *s, struct strings *ret_folders) must_check;
/* Takes `layer` over, also on failure. */
int build_snapshot_add_layer(struct build_snapshot *s, struct build_layer *layer) must_check;
void build_layer_free(struct build_layer *layer);
/* Remembers a step for the cache; copies. */
int build_snapshot_add_made(struct build_snapshot *s, const struct build_made *made) must_check;
/* One line of history; `empty`: without a layer. Its time is that of the newest layer. */
int build_snapshot_add_history(struct build_snapshot *s, const char *created_by, bool empty) must_check;
/* The layers' digests into the configuration. -EINVAL: a tar is not made yet. */
int build_snapshot_finish(struct build_snapshot *s) must_check;

/* To and from the text that crosses the pipe. The caller frees; NULL: no memory, or something is no UTF-8. */
char *build_snapshot_write(const struct build_snapshot *s) must_check;
int build_snapshot_read(const char *text, size_t size, struct build_snapshot *ret_snapshot) must_check;
