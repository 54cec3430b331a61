/* SPDX-License-Identifier: Apache-2.0 */
#include "build/graph.h"

#include "formats/dockerfile_mount.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

struct graph_work {
    const struct build_graph_request *request;
    struct build_graph *graph;
    struct failure *failure;
};

static void stage_free(struct build_graph_stage *stage)
{
    free(stage->base);
    free(stage->platform);
    free(stage->waits_for);
    free(stage->name);
    *stage = (struct build_graph_stage){.base_stage = -1};
}

void build_graph_free(struct build_graph *graph)
{
    for (size_t i = 0; i < graph->count; i++)
        stage_free(&graph->stages[i]);
    free(graph->stages);
    *graph = (struct build_graph){0};
}

ssize_t build_graph_find(const struct build_graph_request *request, size_t at, const char *name)
{
    if (request->contexts && strings_get_variable(request->contexts, name))
        return -ENOENT;
    return dockerfile_find_stage(request->dockerfile, name, at);
}

static int add_wait(struct graph_work *w, size_t at, size_t other)
{
    struct build_graph_stage *stage = &w->graph->stages[at];
    for (size_t i = 0; i < stage->wait_count; i++)
        if (stage->waits_for[i] == other)
            return 0;
    size_t *grown = reallocarray(stage->waits_for, stage->wait_count + 1, sizeof(*grown));
    if (!grown)
        return fail(w->failure, -ENOMEM, "reading the stages");
    stage->waits_for = grown;
    grown[stage->wait_count++] = other;
    return 0;
}

static int add_wait_by_name(struct graph_work *w, size_t at, const char *name)
{
    ssize_t other = name ? build_graph_find(w->request, at, name) : -ENOENT;
    return other < 0 ? 0 : add_wait(w, at, (size_t)other);
}

/* Which stage a mount comes from cannot depend on the stage's own variables. */
static int add_mount_waits(struct graph_work *w, size_t at, const struct strings *mounts)
{
    const struct dockerfile_scope empty = {.escape = w->request->dockerfile->escape};
    for (size_t i = 0; i < mounts->count; i++) {
        struct dockerfile_mount mount = {0};
        struct failure unheard = {0};
        if (dockerfile_mount_parse(&empty, mounts->items[i], &mount, &unheard) < 0)
            continue; /* the step says what is wrong, when it has its variables */
        int r = add_wait_by_name(w, at, mount.from);
        dockerfile_mount_free(&mount);
        if (r < 0)
            return r;
    }
    return 0;
}

static int read_from(struct graph_work *w, size_t at, const struct dockerfile_instruction *from)
{
    struct build_graph_stage *stage = &w->graph->stages[at];
    autoword struct word_result base = {0}, platform = {0};
    int r = dockerfile_scope_expand(w->request->scope, from->base, true, &base, w->failure);
    if (r == 0 && from->platform)
        r = dockerfile_scope_expand(w->request->scope, from->platform, true, &platform, w->failure);
    if (r < 0)
        return r;
    if (base.text[0] == '\0')
        return refuse(w->failure, -EINVAL, "base name (%s) should not be blank", from->base);
    stage->base_stage = build_graph_find(w->request, at, base.text);
    if (stage->base_stage >= 0)
        r = add_wait(w, at, (size_t)stage->base_stage);
    else
        stage->base = TAKE_PTR(base.text);
    if (platform.text && platform.text[0] != '\0')
        stage->platform = TAKE_PTR(platform.text);
    return r;
}

static int name_stage(struct graph_work *w, size_t at, const char *given)
{
    struct build_graph_stage *stage = &w->graph->stages[at];
    if (given)
        stage->name = strdup(given);
    else if (asprintf(&stage->name, "stage-%zu", at) < 0)
        stage->name = NULL;
    return stage->name ? 0 : fail(w->failure, -ENOMEM, "reading the stages");
}

static int read_stage(struct graph_work *w, size_t at)
{
    const struct dockerfile *d = w->request->dockerfile;
    const struct dockerfile_stage *stage = &d->stages[at];
    w->graph->stages[at].base_stage = -1;
    int r = name_stage(w, at, stage->name);
    if (r == 0)
        r = read_from(w, at, &d->instructions[stage->from]);
    if (r < 0)
        return fail_within(w->failure, "line %u", d->instructions[stage->from].line);
    for (size_t i = 0; r == 0 && i < stage->count; i++) {
        const struct dockerfile_instruction *instruction = &d->instructions[stage->first + i];
        if (instruction->kind == DOCKERFILE_COPY || instruction->kind == DOCKERFILE_ADD)
            r = add_wait_by_name(w, at, instruction->copy.from);
        if (r == 0 && instruction->kind == DOCKERFILE_RUN)
            r = add_mount_waits(w, at, &instruction->mounts);
    }
    return r;
}

/* Stages only wait for earlier ones, so one pass backwards finds all. */
static void mark_needed(struct build_graph *graph)
{
    graph->stages[graph->target].needed = true;
    for (size_t i = graph->target + 1; i-- > 0;)
        for (size_t k = 0; graph->stages[i].needed && k < graph->stages[i].wait_count; k++)
            graph->stages[graph->stages[i].waits_for[k]].needed = true;
}

static int find_target(struct graph_work *w)
{
    const struct dockerfile *d = w->request->dockerfile;
    w->graph->target = d->stage_count - 1;
    if (!w->request->target || w->request->target[0] == '\0')
        return 0;
    ssize_t found = dockerfile_find_stage(d, w->request->target, d->stage_count);
    if (found < 0)
        return refuse(w->failure, -ENOENT, "target stage \"%s\" could not be found", w->request->target);
    w->graph->target = (size_t)found;
    return 0;
}

int build_graph_make(const struct build_graph_request *request, struct build_graph *ret_graph,
                     struct failure *failure)
{
    autograph struct build_graph graph = {0};
    struct graph_work work = {request, &graph, failure};
    size_t count = request->dockerfile->stage_count;
    if (count == 0)
        return refuse(failure, -EINVAL, "the Dockerfile has no FROM");
    graph.stages = calloc(count, sizeof(*graph.stages));
    if (!graph.stages)
        return fail(failure, -ENOMEM, "reading the stages");
    graph.count = count;
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = read_stage(&work, i);
    if (r == 0)
        r = find_target(&work);
    if (r < 0)
        return r;
    mark_needed(&graph);
    *ret_graph = graph;
    graph = (struct build_graph){0};
    return 0;
}
