/* SPDX-License-Identifier: Apache-2.0 */
#include "build/publish.h"

#include "build/commit.h"
#include "formats/reference.h"
#include "store/image.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

/* A stage that lies on another one has its layers too: a folder is published once, and its name is "" in all
 * snapshots then. */
static bool is_listed(const struct layer_adoption *list, size_t count, const struct layer_adoption *one)
{
    for (size_t i = 0; i < count; i++)
        if (streq(list[i].folder, one->folder))
            return true;
    return false;
}

static size_t gather(const struct build_work *work, struct layer_adoption *list)
{
    size_t count = 0;
    for (size_t i = 0; i < work->graph.count; i++) {
        const struct build_snapshot *s = &work->snapshots[i];
        for (size_t k = 0; k < s->layer_count; k++) {
            const struct layer_adoption *one = &s->layers[k].layer;
            if (one->folder[0] && one->result.diffid.hex[0] && !is_listed(list, count, one))
                list[count++] = *one;
        }
    }
    return count;
}

static int tell_cache(const struct build_work *work, const struct build_snapshot *s,
                      const struct build_made *made)
{
    struct build_cache_entry entry = {
        .key = made->key, .state = made->state, .created = made->created, .what = made->what};
    if (made->layer >= 0) {
        entry.has_layer = true;
        entry.layer = s->layers[made->layer].layer.result;
        if (!entry.layer.diffid.hex[0])
            return 0; /* its tar could not be made */
    }
    return build_cache_write(work->store, &entry);
}

#define PUBLISH_NS 2000000000 /* how much work a kill may cost */

static int64_t clock_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Its packer has said what came of it, or is waited for elsewhere. */
static bool is_packed(const struct build_layer *layer)
{
    struct pollfd answer = {.fd = layer->packer_fd, .events = POLLIN};
    return layer->packer == 0 || poll(&answer, 1, 0) > 0;
}

/* Layers [own_first, end) get their names with one sync. Nothing is mounted between two steps. */
static int publish_own(struct build_stage *stage, size_t end)
{
    struct build_snapshot *s = &stage->snapshot;
    autofree struct layer_adoption *list = calloc(end - stage->own_first + 1, sizeof(*list));
    size_t count = 0;
    if (!list)
        return fail(stage->failure, -ENOMEM, "storing the new layers");
    for (size_t i = stage->own_first; i < end; i++)
        if (s->layers[i].layer.folder[0])
            list[count++] = s->layers[i].layer;
    int r = layer_adoptions_publish(stage->work->store, list, count, stage->failure);
    for (size_t i = stage->own_first; r == 0 && i < end; i++)
        s->layers[i].layer.folder[0] = s->layers[i].layer.blob[0] = '\0';
    return r;
}

int stage_publish(struct build_stage *stage, bool now)
{
    struct build_snapshot *s = &stage->snapshot;
    size_t end = stage->own_first;
    int r = 0;
    if (stage->published_ns == 0)
        stage->published_ns = clock_ns();
    if (!now && clock_ns() - stage->published_ns < PUBLISH_NS)
        return 0;
    for (; r == 0 && end < s->layer_count && is_packed(&s->layers[end]); end++)
        r = build_commit_wait(stage->work->store, &s->layers[end], stage->failure);
    if (r == 0)
        r = publish_own(stage, end);
    if (r < 0)
        return r;
    for (; stage->told < s->made_count && s->made[stage->told].layer < (ssize_t)end; stage->told++) {
        r = tell_cache(stage->work, s, &s->made[stage->told]);
        if (r < 0)
            return fail(stage->failure, r, "writing the build cache");
    }
    stage->published_ns = clock_ns();
    return 0;
}

static void forget_folders(struct build_work *work)
{
    for (size_t i = 0; i < work->graph.count; i++)
        for (size_t k = 0; k < work->snapshots[i].layer_count; k++)
            work->snapshots[i].layers[k].layer.folder[0] = '\0';
}

int build_publish(struct build_work *work, struct failure *failure)
{
    size_t room = 0;
    for (size_t i = 0; i < work->graph.count; i++)
        room += work->snapshots[i].layer_count;
    autofree struct layer_adoption *list = calloc(room + 1, sizeof(*list));
    if (!list)
        return fail(failure, -ENOMEM, "storing the new layers");
    size_t count = gather(work, list);
    int r = layer_adoptions_publish(work->store, list, count, failure);
    if (r < 0)
        return r;
    for (size_t i = 0; r == 0 && i < work->graph.count; i++)
        for (size_t k = 0; r == 0 && k < work->snapshots[i].made_count; k++)
            r = tell_cache(work, &work->snapshots[i], &work->snapshots[i].made[k]);
    forget_folders(work);
    return r < 0 ? fail(failure, r, "writing the build cache") : 0;
}

static int add_labels(struct build_work *work, struct image_config *config, struct failure *failure)
{
    const struct strings *labels = &work->request->labels;
    for (size_t i = 0; i < labels->count; i++) {
        autofree char *assignment = NULL;
        if (!strchr(labels->items[i], '=') && asprintf(&assignment, "%s=", labels->items[i]) < 0)
            assignment = NULL;
        int r = image_config_set_label(config, assignment ? assignment : labels->items[i]);
        if (r < 0)
            return fail(failure, r, "--label %s", labels->items[i]);
    }
    return 0;
}

static int write_tag(struct build_work *work, struct image_new *image, const char *tag, struct digest *ret_id,
                     struct failure *failure)
{
    autoreference struct reference reference = {0};
    autofree char *whole = NULL;
    int r = tag ? reference_parse_tagged(tag, &reference, failure) : 0;
    if (r < 0)
        return fail_within(failure, "-t %s", tag);
    if (tag) {
        whole = reference_write(&reference);
        if (!whole)
            return fail(failure, -ENOMEM, "-t %s", tag);
    }
    image->reference = whole;
    r = image_write(work->store, image, ret_id, failure);
    image->reference = NULL;
    return r;
}

int build_write_image(struct build_work *work, struct digest *ret_id, struct failure *failure)
{
    struct build_snapshot *s = &work->snapshots[work->graph.target];
    const struct strings *tags = &work->request->tags;
    autofree struct layer_result *layers = calloc(s->layer_count + 1, sizeof(*layers));
    if (!layers)
        return fail(failure, -ENOMEM, "writing the image");
    for (size_t i = 0; i < s->layer_count; i++)
        layers[i] = s->layers[i].layer.result;
    struct image_new image = {.config = &s->config, .layers = layers, .layer_count = s->layer_count};
    int r = add_labels(work, &s->config, failure);
    if (r == 0 && tags->count == 0)
        r = write_tag(work, &image, NULL, ret_id, failure);
    for (size_t i = 0; r == 0 && i < tags->count; i++)
        r = write_tag(work, &image, tags->items[i], ret_id, failure);
    return r;
}
