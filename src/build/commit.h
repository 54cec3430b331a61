/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A step's writable layer becomes a layer: the folder stays where it is, its tar is made by a process beside
 * the next steps. */
#include "base/failure.h"
#include "build/snapshot.h"

struct build_commit_request {
    const struct store *store;
    const struct strings *below; /* the layers that it lies on, top first, relative to storage_fd */
    const char *epoch;           /* SOURCE_DATE_EPOCH as digits; NULL: none */
};

/* 1: ret_layer has the layer, its packer runs; 0: nothing was changed, the folder is gone. `folder` is a
 * staging name. */
int build_commit(const struct build_commit_request *request, const char *folder,
                 struct build_layer *ret_layer, struct failure *failure) must_check;
/* Waits for the layer's tar. */
int build_commit_wait(const struct store *s, struct build_layer *layer, struct failure *failure) must_check;
