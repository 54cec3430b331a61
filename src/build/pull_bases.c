/* SPDX-License-Identifier: Apache-2.0 */
#include "build/pull_bases.h"

#include "build/base.h"
#include "engine/image_transfer.h"
#include "formats/dockerfile_mount.h"
#include "formats/reference.h"
#include "store/image.h"

#include <errno.h>
#include <string.h>
#include <time.h>

struct pulling {
    struct build_work *work;
    unsigned vertex, line; /* of the instruction that wants it */
    int64_t began_ns;
};

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void tell(const struct pulling *p, struct build_event event)
{
    const struct build_progress *progress = &p->work->request->progress;
    event.vertex = p->vertex;
    event.elapsed_ns = now_ns() - p->began_ns;
    if (progress->event)
        progress->event(progress->context, &event);
}

/* One line when a layer is complete. */
static void report(void *context, const struct transfer_event *event)
{
    const struct pulling *p = context;
    char line[128];
    if (event->state != TRANSFER_COMPLETE && event->state != TRANSFER_EXISTS)
        return;
    int n = snprintf(line, sizeof(line), "layer %zu/%zu sha256:%.12s %s\n", event->position + 1, event->count,
                     event->digest->hex, event->state == TRANSFER_EXISTS ? "is here" : "complete"); /* fits */
    tell(p, (struct build_event){.kind = BUILD_EVENT_OUTPUT, .data = line, .size = (size_t)n, .stream = 2});
}

static int pull_one(struct pulling *p, const char *name, const char *platform, struct failure *failure)
{
    struct image_pull_result result;
    autofree char *title = NULL;
    const struct image_pull_request request = {
        .reference = name,
        .platform = platform ? platform : p->work->platform,
        .environment = p->work->request->environment,
        .progress = {.report = report, .context = p},
    };
    if (asprintf(&title, "[internal] pull %s", name) < 0) {
        title = NULL;
        return fail(failure, -ENOMEM, "pulling %s", name);
    }
    p->began_ns = now_ns();
    tell(p, (struct build_event){.kind = BUILD_EVENT_BEGINS, .title = title});
    int r = image_pull(p->work->engine, &request, &result, failure);
    tell(p,
         (struct build_event){.kind = r < 0 ? BUILD_EVENT_FAILED : BUILD_EVENT_DONE, .title = failure->text});
    p->vertex++;
    return r < 0 ? fail_within(failure, "%s:%u: image %s is not here, and pulling it failed", p->work->file,
                               p->line, name)
                 : 0;
}

/* A name that is an id or a prefix of one means what is here, or nothing. */
static int bring(struct pulling *p, const char *name, const char *platform, struct failure *failure)
{
    autoimage struct image image = {0};
    autoreference struct reference reference = {0};
    struct failure unheard = {0};
    bool here = base_find_image(p->work->store, name, &image, &unheard) == 0;
    bool named = reference_parse_tagged(name, &reference, &unheard) == 0;
    bool by_id = here && named && image.references.count > 0;
    if ((here && !(p->work->request->pull && by_id)) || !named || !p->work->request->environment)
        return 0; /* what is missing, the step says with its line */
    return pull_one(p, name, platform, failure);
}

static bool is_context(const struct build_work *work, const char *name)
{
    return strings_get_variable(&work->request->contexts, name);
}

/* --from=NAME that is neither stage nor context. */
static int bring_from(struct pulling *p, size_t stage, const char *name, struct failure *failure)
{
    const struct build_graph_request request = {.dockerfile = &p->work->dockerfile,
                                                .contexts = &p->work->request->contexts};
    if (!name || is_context(p->work, name) || build_graph_find(&request, stage, name) >= 0)
        return 0;
    return bring(p, name, NULL, failure);
}

static int bring_mounts(struct pulling *p, size_t stage, const struct strings *mounts,
                        struct failure *failure)
{
    const struct dockerfile_scope empty = {.escape = p->work->dockerfile.escape};
    int r = 0;
    for (size_t i = 0; r == 0 && i < mounts->count; i++) {
        struct dockerfile_mount mount = {0};
        struct failure unheard = {0};
        if (dockerfile_mount_parse(&empty, mounts->items[i], &mount, &unheard) < 0)
            continue; /* the step says what is wrong */
        r = bring_from(p, stage, mount.from, failure);
        dockerfile_mount_free(&mount);
    }
    return r;
}

static int bring_of_stage(struct pulling *p, size_t at, struct failure *failure)
{
    const struct build_graph_stage *plan = &p->work->graph.stages[at];
    const struct dockerfile *d = &p->work->dockerfile;
    int r = 0;
    p->line = d->instructions[d->stages[at].from].line;
    if (plan->base && !streq(plan->base, "scratch") && !is_context(p->work, plan->base))
        r = bring(p, plan->base, plan->platform, failure);
    for (size_t i = 0; r == 0 && i < d->stages[at].count; i++) {
        const struct dockerfile_instruction *instruction = &d->instructions[d->stages[at].first + i];
        p->line = instruction->line;
        r = bring_from(p, at, instruction->copy.from, failure);
        if (r == 0)
            r = bring_mounts(p, at, &instruction->mounts, failure);
    }
    return r;
}

int build_pull_bases(struct build_work *work, unsigned *vertex, struct failure *failure)
{
    struct pulling p = {.work = work, .vertex = *vertex};
    int r = 0;
    for (size_t i = 0; r == 0 && i < work->graph.count; i++)
        if (work->graph.stages[i].needed)
            r = bring_of_stage(&p, i, failure);
    *vertex = p.vertex;
    return r;
}
