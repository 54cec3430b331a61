/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* `unroot builder prune`. */
#include "engine/engine.h"

#include <stdint.h>

struct build_prune_result {
    size_t entries, folders; /* of the cache; of RUN --mount=type=cache */
    uint64_t freed_bytes;
};

/* Cache entries whose layers are in no image; with `all` every entry and the folders of cache mounts that no
 * build uses at the moment. Then what nothing refers to any more. */
int build_prune(struct engine *e, bool all, struct build_prune_result *ret_result,
                struct failure *failure) must_check;
