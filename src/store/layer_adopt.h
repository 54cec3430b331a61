/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Layers that were made in the store itself (a build step's writable layer), not unpacked from an archive:
 * folder and tar are staging names until all of a build is published with one sync. */
#include "store/layer.h"

struct layer_adoption {
    char folder[STAGING_NAME_SIZE]; /* a writable layer of overlay(5) that refers to nothing below it */
    char blob[STAGING_NAME_SIZE];   /* its tar, a file beside it; "": not made yet */
    struct layer_result result;     /* of that tar */
};

/* A new file for the tar beside the folder (O_WRONLY); the descriptor is the caller's. */
int layer_adoption_make_blob(const struct store *s, char ret_name[STAGING_NAME_SIZE]) must_check;
/* Syncs once and gives all of them their names: layers/DIFFID and the blob. What is there already wins, then
 * ours is deleted. The names of what was published are "" afterwards. The caller holds STORE_LOCK_ADD. */
int layer_adoptions_publish(const struct store *s, struct layer_adoption *adoptions, size_t count,
                            struct failure *failure) must_check;
/* Deletes what was not published. */
void layer_adoption_discard(const struct store *s, struct layer_adoption *adoption);
