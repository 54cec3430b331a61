/* SPDX-License-Identifier: Apache-2.0 */
/* FROM: what a stage begins with, and what --from means. */
#include "build/base.h"
#include "build/copy.h"
#include "build/stage.h"
#include "engine/image_view.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const char default_path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static int begin_scratch(struct build_stage *stage)
{
    struct image_config *config = &stage->snapshot.config;
    struct platform platform = {0};
    struct build_key key;
    const char *wanted = stage->work->graph.stages[stage->index].platform;
    int r = platform_parse(wanted ? wanted : stage->work->platform, &platform, stage->failure);
    if (r < 0)
        return r;
    config->os = TAKE_PTR(platform.os);
    config->architecture = TAKE_PTR(platform.architecture);
    config->variant = TAKE_PTR(platform.variant);
    platform_free(&platform);
    stage->snapshot.scratch = true;
    build_key_begin(&key, "scratch");
    build_key_end(&key, &stage->snapshot.state);
    return strings_add(&config->environment, default_path) < 0 ? fail(stage->failure, -ENOMEM, "FROM scratch")
                                                               : 0;
}

static int begin_stage(struct build_stage *stage, size_t other)
{
    int r = build_snapshot_copy(&stage->work->snapshots[other], &stage->snapshot);
    return r < 0 ? fail(stage->failure, r, "FROM") : 0;
}

int stage_begin(struct build_stage *stage)
{
    const struct build_graph_stage *plan = &stage->work->graph.stages[stage->index];
    const struct build_work *work = stage->work;
    struct base_request request = {.work = work, .name = plan->base, .platform = plan->platform};
    int r = 0;
    if (plan->base_stage >= 0)
        r = begin_stage(stage, (size_t)plan->base_stage);
    else if (streq(plan->base, "scratch"))
        r = begin_scratch(stage);
    else
        r = base_open(&request, &stage->snapshot, stage->failure);
    if (r < 0)
        return r;
    stage->scope.escape = work->dockerfile.escape;
    if (strings_copy(&stage->scope.build_args, &work->scope.build_args) < 0 ||
        strings_copy(&stage->scope.platform, &work->scope.platform) < 0 ||
        strings_copy(&stage->scope.meta, &work->scope.meta) < 0)
        return fail(stage->failure, -ENOMEM, "FROM");
    r = dockerfile_scope_begin_stage(&stage->scope, &stage->snapshot.config.environment);
    if (r < 0)
        return fail(stage->failure, r, "FROM");
    return stage_tell(stage, BUILD_STEP_DONE);
}

static int source_of_folders(struct build_stage *stage, const struct strings *folders,
                             struct build_source *source)
{
    source->kind = BUILD_SOURCE_TREE;
    source->store = stage->work->store;
    if (folders->count == 0)
        return refuse(stage->failure, -ENOENT, "%s has no files", source->what);
    source->tree_fd = tree_view_open(stage->work->store, folders, stage->failure);
    return source->tree_fd < 0 ? source->tree_fd : 0;
}

/* Keeps a name for sentences as long as the caller keeps the list. */
static int source_name(struct strings *keep, struct build_source *source, const char *kind, const char *name)
{
    int r = strings_addf(keep, "%s%s", kind, name);
    if (r == 0)
        source->what = keep->items[keep->count - 1];
    return r;
}

static int source_of_image(struct build_stage *stage, const char *name, struct build_source *source)
{
    struct base_request request = {.work = stage->work, .name = name};
    struct build_snapshot image = {0};
    autostrings struct strings folders = {0};
    int r = base_open(&request, &image, stage->failure);
    if (r == 0)
        r = build_snapshot_folders(&image, &folders) < 0 ? fail(stage->failure, -ENOMEM, "%s", name)
                                                         : source_of_folders(stage, &folders, source);
    build_snapshot_free(&image);
    return r;
}

static int source_of_stage(struct build_stage *stage, size_t other, struct build_source *source)
{
    autostrings struct strings folders = {0};
    if (!stage->work->done[other])
        return refuse(stage->failure, -EINVAL,
                      "stage %s is not built yet: a trigger of a base image names it",
                      stage->work->graph.stages[other].name);
    if (build_snapshot_folders(&stage->work->snapshots[other], &folders) < 0)
        return fail(stage->failure, -ENOMEM, "--from");
    return source_of_folders(stage, &folders, source);
}

static const struct build_context *find_named(const struct build_work *work, const char *name)
{
    for (size_t i = 0; i < work->named_count; i++)
        if (strcasecmp(work->named[i].what, name) == 0)
            return &work->named[i];
    return NULL;
}

int stage_find_source(struct build_stage *stage, const char *name, struct build_source *ret_source,
                      struct strings *keep)
{
    const struct build_work *work = stage->work;
    struct build_source source = {.kind = BUILD_SOURCE_CONTEXT, .tree_fd = -EBADF};
    const struct build_graph_request request = {.dockerfile = &work->dockerfile,
                                                .contexts = &work->request->contexts};
    int r = 0;
    if (!name) {
        source.context = &work->context;
        source.what = "the build context";
        *ret_source = source;
        return 0;
    }
    source.context = find_named(work, name);
    ssize_t other = source.context ? -ENOENT : build_graph_find(&request, stage->index, name);
    r = source_name(keep, &source, source.context ? "context " : other >= 0 ? "stage " : "image ", name);
    if (r < 0)
        return fail(stage->failure, r, "--from=%s", name);
    if (other >= 0)
        r = source_of_stage(stage, (size_t)other, &source);
    else if (!source.context)
        r = source_of_image(stage, name, &source);
    if (r == 0)
        *ret_source = source;
    return r;
}
