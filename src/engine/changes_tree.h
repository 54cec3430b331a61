/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A container's writable layer, read: what it adds, changes and deletes, as a list for people and as the list
 * that unroot-unpack packs a layer from. */
#include "engine/changes.h"

struct changes_tree {
    const struct store *store;
    char id[CONTAINER_ID_LENGTH + 1];
    struct image image;
    int upper_fd;                     /* the writable layer as it lies on the disk */
    int lower_fd;                     /* the image's files; -EBADF: it has no layer */
    int merged_fd;                    /* both, read-only */
    struct container_change *changes; /* sorted by path */
    size_t count;
    struct strings
        pack; /* "+PATH" this one, "*PATH" with all below, "-PATH" hidden, "!PATH" all below hidden */
};

/* Opens the three views of a container (running or not). changes_tree_close() must follow, also after a
 * failure. */
int changes_tree_open(struct changes_tree *t, struct engine *e, const struct store *s, const char *who,
                      struct failure *failure) must_check;
/* The same of any writable layer: `upper` and the layers below it (top first), folders below storage_fd. */
int changes_tree_open_folders(struct changes_tree *t, const struct store *s, const char *upper,
                              const struct strings *lower, struct failure *failure) must_check;
/* Reads the writable layer into .changes and .pack. */
int changes_tree_read(struct changes_tree *t, struct failure *failure) must_check;
/* Starts unroot-unpack on .pack: the layer's tar comes out of *ret_stream (the caller's). `clamp`: seconds
 * since the epoch as digits, no file is younger in the tar; NULL: none. unpacker_finish() must follow. */
struct unpacker;
int changes_tree_pack(const struct changes_tree *t, const char *clamp, struct unpacker *ret_unpacker,
                      int *ret_stream, struct failure *failure) must_check;
void changes_tree_close(struct changes_tree *t);
