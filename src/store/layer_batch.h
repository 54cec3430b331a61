/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The layers of one image: read one after the other, published together with one sync. */
#include "store/layer.h"

struct layer_batch {
    const struct store *store;
    const struct store_progress *progress; /* may be NULL */
    struct layer_stage *stages;
    struct layer_result *results; /* one for each stage, lowest first */
    size_t count;
};

#define autobatch __attribute__((cleanup(layer_batch_free)))

int layer_batch_add(struct layer_batch *b, const struct layer_source *source,
                    struct failure *failure) must_check;
int layer_batch_publish(struct layer_batch *b, struct failure *failure) must_check;
/* Deletes what was not published. */
void layer_batch_free(struct layer_batch *b);
