/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The layers of one image: read one after the other or, with workers, several side by side; published
 * together with one sync. */
#include "store/layer.h"

struct layer_batch {
    const struct store *store;
    const struct store_progress *progress; /* may be NULL; with workers its total is that of all layers */
    unsigned workers; /* how many layers side by side, each in a process; 0: in this one */
    struct layer_stage *stages;
    struct layer_result *results; /* one for each stage, lowest first; with workers after publishing */
    size_t count;
    struct layer_job *jobs; /* of the layers whose worker runs */
    size_t job_count;
};

#define autobatch __attribute__((cleanup(layer_batch_free)))

/* Reads the layer; with workers, begins to, as soon as one is free. `source` is only read until this returns.
 */
int layer_batch_add(struct layer_batch *b, const struct layer_source *source,
                    struct failure *failure) must_check;
/* Waits for what is being read; then all get their names. */
int layer_batch_publish(struct layer_batch *b, struct failure *failure) must_check;
/* Deletes what was not published. */
void layer_batch_free(struct layer_batch *b);
