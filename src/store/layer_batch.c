/* SPDX-License-Identifier: Apache-2.0 */
#include "store/layer_batch.h"

#include <errno.h>

int layer_batch_add(struct layer_batch *b, const struct layer_source *source, struct failure *failure)
{
    struct layer_stage *stages = reallocarray(b->stages, b->count + 1, sizeof(*stages));
    if (stages)
        b->stages = stages;
    struct layer_result *results = reallocarray(b->results, b->count + 1, sizeof(*results));
    if (results)
        b->results = results;
    if (!stages || !results)
        return fail(failure, -ENOMEM, "%s", source->what);
    int r = layer_stage(b->store, source, b->progress, &stages[b->count], failure);
    if (r < 0)
        return r;
    results[b->count] = stages[b->count].result;
    b->count++;
    return 0;
}

int layer_batch_publish(struct layer_batch *b, struct failure *failure)
{
    return layer_publish(b->store, b->stages, b->count, failure);
}

void layer_batch_free(struct layer_batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        layer_stage_close(&b->stages[i]);
    free(b->stages);
    free(b->results);
    *b = (struct layer_batch){0};
}
