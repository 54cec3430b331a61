/* SPDX-License-Identifier: Apache-2.0 */
/* How a stage's snapshot grows: by what the cache has, or by what a step left. */
#include "build/commit.h"
#include "build/stage.h"
#include "engine/image_view.h"
#include "formats/timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define PACKERS_MAX 4 /* processes that make tars while the steps go on */

static int take_layer(struct build_stage *stage, struct build_layer *layer)
{
    struct build_snapshot *s = &stage->snapshot;
    if (s->layer_count > PACKERS_MAX) {
        int r =
            build_commit_wait(stage->work->store, &s->layers[s->layer_count - PACKERS_MAX], stage->failure);
        if (r < 0) {
            build_layer_free(layer);
            return r;
        }
    }
    if (s->layer_count >= IMAGE_LAYERS_MAX - 1) { /* one is for where a step's mounts are attached */
        layer_adoption_discard(stage->work->store, &layer->layer);
        build_layer_free(layer);
        return refuse(stage->failure, -E2BIG, "more than %d layers", IMAGE_LAYERS_MAX - 1);
    }
    return build_snapshot_add_layer(s, layer) < 0 ? fail(stage->failure, -ENOMEM, "adding a layer") : 0;
}

static int note(struct build_stage *stage, const char *created_by, bool empty)
{
    return build_snapshot_add_history(&stage->snapshot, created_by, empty) < 0
               ? fail(stage->failure, -ENOMEM, "writing the history")
               : 0;
}

int stage_take_cached(struct build_stage *stage, const struct digest *key, const char *created_by)
{
    autocacheentry struct build_cache_entry entry = {0};
    if (stage->work->request->no_cache)
        return 0;
    int r = build_cache_find(stage->work->store, key, &entry);
    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return fail(stage->failure, r, "reading the build cache");
    if (entry.has_layer) {
        struct build_layer layer = {.layer.result = entry.layer, .state = entry.state};
        layer.created = TAKE_PTR(entry.created);
        r = take_layer(stage, &layer);
    }
    if (r == 0)
        r = note(stage, created_by, !entry.has_layer);
    if (r == 0)
        r = stage_tell(stage, BUILD_STEP_CACHED);
    return r < 0 ? r : 1;
}

static char *write_now(const struct build_work *work)
{
    char text[TIMESTAMP_SIZE];
    struct timespec now = {.tv_sec = (time_t)work->request->epoch};
    if (!work->epoch)
        (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    return strdup(timestamp_write(now, text));
}

/* A state that nothing else has. */
static int make_state(struct digest *ret_state)
{
    unsigned char bytes[DIGEST_BYTES];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return -EIO;
    digest_from_bytes(bytes, ret_state);
    return 0;
}

static int take_changes(struct build_stage *stage, const struct stage_outcome *outcome, char *created,
                        struct build_layer *layer)
{
    layer->state = *outcome->key;
    layer->created = strdup(created);
    int r = layer->created ? 0 : -ENOMEM;
    if (r == 0 && outcome->random)
        r = make_state(&layer->state);
    if (r < 0) {
        build_layer_free(layer);
        return fail(stage->failure, r, "adding a layer");
    }
    return take_layer(stage, layer);
}

int stage_take_outcome(struct build_stage *stage, const struct stage_outcome *outcome)
{
    autostrings struct strings below = {0};
    autofree char *created = write_now(stage->work);
    struct build_layer layer = {0};
    const struct build_commit_request request = {
        .store = stage->work->store, .below = &below, .epoch = stage->work->epoch};
    if (!created || build_snapshot_folders(&stage->snapshot, &below) < 0)
        return fail(stage->failure, -ENOMEM, "adding a layer");
    int changed = build_commit(&request, outcome->upper, &layer, stage->failure);
    if (changed < 0)
        return changed;
    int r = changed ? take_changes(stage, outcome, created, &layer) : 0;
    const struct build_made made = {
        .key = *outcome->key,
        .state = stage->snapshot.state,
        .created = created,
        .what = (char *)outcome->created_by,
        .layer = changed ? (ssize_t)stage->snapshot.layer_count - 1 : -1,
    };
    if (r == 0 && build_snapshot_add_made(&stage->snapshot, &made) < 0)
        r = fail(stage->failure, -ENOMEM, "adding a layer");
    if (r == 0)
        r = note(stage, outcome->created_by, !changed);
    return r < 0 ? r : stage_tell(stage, BUILD_STEP_DONE);
}

int stage_open_files(struct build_stage *stage, char ret_upper[STAGING_NAME_SIZE],
                     char ret_work[STAGING_NAME_SIZE])
{
    const struct store *s = stage->work->store;
    char upper_path[LAYER_FOLDER_SIZE], work_path[LAYER_FOLDER_SIZE];
    autoclose int upper = staging_make(s, ret_upper);
    autoclose int work = staging_make(s, ret_work);
    struct tree_view view = {.upper = upper_path, .work = work_path, .self_contained = true};
    if (upper < 0 || work < 0)
        return fail(stage->failure, upper < 0 ? upper : work, "making a layer's folder");
    if (stage->snapshot.layer_count == 0) /* nothing is below: the folder itself */
        return TAKE_FD(upper);
    (void)snprintf(upper_path, sizeof(upper_path), "layers/%s", ret_upper); /* fits */
    (void)snprintf(work_path, sizeof(work_path), "layers/%s", ret_work);    /* fits */
    int r = build_snapshot_folders(&stage->snapshot, &view.folders);
    if (r < 0)
        r = fail(stage->failure, r, "opening the files");
    else
        r = tree_view_open_writable(s, &view, stage->failure);
    strings_free(&view.folders);
    return r;
}
