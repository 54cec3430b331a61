/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Moves a layer's bytes, each once: source -> hash and blob -> (unroot-unpack, decompressing) ->
 * unroot-unpack, unpacking. The processes run side by side. */
#include "store/layer.h"

/* Fills stage->result; stage->blob is open, stage->folder_fd is the folder to unpack into or -EBADF (then the
 * bytes are hashed, and decompressed only to learn the diffID when that is not known). */
int layer_pump(struct layer_stage *stage, const struct layer_source *source,
               const struct store_progress *progress, struct failure *failure) must_check;
