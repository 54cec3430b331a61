/* SPDX-License-Identifier: Apache-2.0 */
/* The stage role.
 * runs in:  the host's namespaces, a child of `unroot build`
 * power:    host root, as the command; what it runs of the image is a container (stage_run.c)
 * must not: print; outlive the main process */
#include "build/stage.h"

#include "build/commit.h"
#include "build/history.h"
#include "formats/change.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    stopped = signal;
}

bool stage_is_stopped(void)
{
    return stopped != 0;
}

int stage_variables(const struct build_stage *stage, struct strings *ret_list)
{
    int r = strings_copy(ret_list, &stage->scope.arguments);
    for (size_t i = 0; r == 0 && i < stage->scope.environment.count; i++)
        r = strings_set_variable(ret_list, stage->scope.environment.items[i]);
    return r;
}

/* An ENTRYPOINT of this stage silences a CMD that came from below. */
static void clear_command(struct build_stage *stage)
{
    strings_free(&stage->snapshot.config.command);
    stage->snapshot.config.has_command = false;
}

static int do_config(struct build_stage *stage, const struct dockerfile_instruction *i)
{
    struct image_config *config = &stage->snapshot.config;
    autostrings struct strings variables = {0};
    autofree char *created_by = NULL;
    int r = stage_variables(stage, &variables);
    if (r < 0)
        return fail(stage->failure, r, "reading variables");
    r = change_apply_instruction(i, &variables, config, stage->failure);
    if (r < 0)
        return r;
    if (i->kind == DOCKERFILE_CMD)
        stage->command_given = true;
    if (i->kind == DOCKERFILE_ENTRYPOINT && !stage->command_given)
        clear_command(stage);
    if (i->kind == DOCKERFILE_WORKDIR)
        return stage_do_workdir(stage);
    created_by = history_of_config(i, config, &variables);
    if (!created_by || build_snapshot_add_history(&stage->snapshot, created_by, true) < 0)
        return fail(stage->failure, -ENOMEM, "writing the history");
    return 0;
}

static int do_variables(struct build_stage *stage, const struct dockerfile_instruction *i)
{
    autofree char *created_by = NULL;
    int r = dockerfile_scope_apply(&stage->scope, i, stage->failure);
    if (r < 0)
        return r;
    if (i->kind == DOCKERFILE_ENV) {
        struct strings environment = {0};
        if (strings_copy(&environment, &stage->scope.environment) < 0) {
            strings_free(&environment);
            return fail(stage->failure, -ENOMEM, "reading variables");
        }
        strings_free(&stage->snapshot.config.environment);
        stage->snapshot.config.environment = environment;
    }
    created_by = history_of_variables(i, i->kind == DOCKERFILE_ENV ? &stage->scope.environment
                                                                   : &stage->scope.arguments);
    if (!created_by || build_snapshot_add_history(&stage->snapshot, created_by, true) < 0)
        return fail(stage->failure, -ENOMEM, "writing the history");
    return 0;
}

static int do_maintainer(struct build_stage *stage, const struct dockerfile_instruction *i)
{
    autofree char *created_by = NULL;
    char *author = strdup(i->text);
    if (!author || asprintf(&created_by, "MAINTAINER %s", i->text) < 0) {
        free(author);
        created_by = NULL;
        return fail(stage->failure, -ENOMEM, "MAINTAINER");
    }
    free(stage->snapshot.config.author);
    stage->snapshot.config.author = author;
    return build_snapshot_add_history(&stage->snapshot, created_by, true) < 0
               ? fail(stage->failure, -ENOMEM, "writing the history")
               : 0;
}

static int do_instruction(struct build_stage *stage, const struct dockerfile_instruction *i)
{
    switch (i->kind) {
    case DOCKERFILE_RUN:
        return stage_do_run(stage, i);
    case DOCKERFILE_COPY:
    case DOCKERFILE_ADD:
        return stage_do_copy(stage, i);
    case DOCKERFILE_ARG:
    case DOCKERFILE_ENV:
        return do_variables(stage, i);
    case DOCKERFILE_MAINTAINER:
        return do_maintainer(stage, i);
    case DOCKERFILE_CMD:
    case DOCKERFILE_ENTRYPOINT:
    case DOCKERFILE_EXPOSE:
    case DOCKERFILE_HEALTHCHECK:
    case DOCKERFILE_LABEL:
    case DOCKERFILE_ONBUILD:
    case DOCKERFILE_SHELL:
    case DOCKERFILE_STOPSIGNAL:
    case DOCKERFILE_USER:
    case DOCKERFILE_VOLUME:
    case DOCKERFILE_WORKDIR:
        return do_config(stage, i);
    case DOCKERFILE_FROM:
        break;
    }
    return refuse(stage->failure, -EINVAL, "%s cannot stand here", dockerfile_kind_name(i->kind));
}

/* Whether it is a step that people see. */
static bool is_step(enum dockerfile_kind kind)
{
    return kind == DOCKERFILE_RUN || kind == DOCKERFILE_COPY || kind == DOCKERFILE_ADD ||
           kind == DOCKERFILE_WORKDIR;
}

static void stage_write(void *context, int stream, const char *data, size_t size)
{
    struct build_stage *stage = context;
    const struct build_message message = {
        .kind = BUILD_STEP_OUTPUT, .step = stage->step, .stream = (uint32_t)stream, .size = (uint32_t)size};
    ignore(
        build_message_send(stage->pipe_fd, &message, data)); /* a main process that is gone ends this one */
}

struct build_sink stage_sink(struct build_stage *stage)
{
    return (struct build_sink){.write = stage_write, .context = stage};
}

int stage_tell(struct build_stage *stage, enum build_message_kind kind)
{
    const struct build_message message = {.kind = kind, .step = stage->step};
    int r = build_message_send(stage->pipe_fd, &message, NULL);
    return r < 0 ? fail(stage->failure, r, "telling what happens") : 0;
}

static unsigned count_needed(const struct build_graph *graph)
{
    unsigned count = 0;
    for (size_t i = 0; i < graph->count; i++)
        count += graph->stages[i].needed;
    return count;
}

int stage_tell_begin(struct build_stage *stage, const struct dockerfile_instruction *i)
{
    autotext struct text title = {0};
    const struct build_graph *graph = &stage->work->graph;
    stage->step++;
    text_append_char(&title, '[');
    if (count_needed(graph) > 1)
        text_printf(&title, "%s ", graph->stages[stage->index].name);
    text_printf(&title, "%u/%u] %s%s", stage->step, stage->steps, stage->trigger ? "ONBUILD " : "",
                i->original);
    int r = text_error(&title);
    const struct build_message message = {
        .kind = BUILD_STEP_BEGINS, .step = stage->step, .size = (uint32_t)title.length};
    if (r == 0)
        r = build_message_send(stage->pipe_fd, &message, title.data);
    return r < 0 ? fail(stage->failure, r, "telling what happens") : 0;
}

/* The sentence of a failing step with its place; the person sees it under the step too. */
static int stage_fail_at(struct build_stage *stage, const struct dockerfile_instruction *i)
{
    if (stage->trigger)
        (void)fail_within(stage->failure, "ONBUILD trigger \"%s\"", i->original); /* its error is returned */
    else
        (void)fail_within(stage->failure, "%s:%u", stage->work->file, i->line); /* its error is returned */
    const struct build_message message = {
        .kind = BUILD_STEP_FAILED, .step = stage->step, .size = (uint32_t)strlen(stage->failure->text)};
    ignore(build_message_send(stage->pipe_fd, &message, stage->failure->text)); /* BUILD_FAILURE follows */
    return stage->failure->error;
}

static int stage_step(struct build_stage *stage, const struct dockerfile_instruction *i)
{
    int r = is_step(i->kind) ? stage_tell_begin(stage, i) : 0;
    if (r == 0)
        r = stopped ? refuse(stage->failure, -ECANCELED, "the build was interrupted")
                    : do_instruction(stage, i);
    if (r == 0)
        r = stage_publish(stage, false);
    return r < 0 ? stage_fail_at(stage, i) : 0;
}

static int stage_triggers(struct build_stage *stage, const struct dockerfile *triggers)
{
    stage->trigger = true;
    int r = 0;
    for (size_t i = 1; r == 0 && i < triggers->instruction_count; i++)
        r = stage_step(stage, &triggers->instructions[i]);
    stage->trigger = false;
    return r;
}

static int stage_all(struct build_stage *stage)
{
    const struct dockerfile *d = &stage->work->dockerfile;
    const struct dockerfile_stage *s = &d->stages[stage->index];
    autodockerfile struct dockerfile triggers = {0};
    stage->steps = 1;
    for (size_t i = 0; i < s->count; i++)
        stage->steps += is_step(d->instructions[s->first + i].kind);
    int r = stage_tell_begin(stage, &d->instructions[s->from]);
    if (r == 0)
        r = stage_begin(stage);
    if (r == 0)
        r = history_read_triggers(&stage->snapshot.config, &triggers, stage->failure);
    for (size_t i = 1; i < triggers.instruction_count; i++)
        stage->steps += is_step(triggers.instructions[i].kind);
    if (r < 0)
        return stage_fail_at(stage, &d->instructions[s->from]);
    stage->own_first = stage->snapshot.layer_count;
    r = stage_triggers(stage, &triggers);
    for (size_t i = 0; r == 0 && i < s->count; i++)
        r = stage_step(stage, &d->instructions[s->first + i]);
    return r;
}

/* Also after a failure: what was made is good for the cache. */
static int stage_wait_packers(struct build_stage *stage)
{
    int r = 0;
    for (size_t i = 0; i < stage->snapshot.layer_count; i++) {
        struct failure failure = {0};
        int packed = build_commit_wait(stage->work->store, &stage->snapshot.layers[i], &failure);
        if (packed < 0 && r == 0) {
            r = packed;
            if (stage->failure->error == 0)
                *stage->failure = failure;
        }
    }
    return r;
}

static int stage_tell_end(struct build_stage *stage, int r)
{
    autofree char *text = build_snapshot_write(&stage->snapshot);
    if (!text && r == 0)
        r = fail(stage->failure, -EILSEQ, "writing the image's configuration (all of it must be UTF-8)");
    if (text) {
        const struct build_message message = {.kind = BUILD_RESULT, .size = (uint32_t)strlen(text)};
        ignore(build_message_send(stage->pipe_fd, &message, text)); /* a main process that is gone ends us */
    }
    if (r == 0)
        return 0;
    const struct build_message message = {.kind = BUILD_FAILURE, .size = sizeof(*stage->failure)};
    ignore(build_message_send(stage->pipe_fd, &message, stage->failure)); /* the same */
    return 1;
}

int stage_end_with_main(const struct build_stage *stage)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return fail(stage->failure, -errno, "binding a stage to the build");
    if (getppid() != stage->work->pid)
        (void)kill(getpid(), SIGKILL); /* as it would have been */
    return 0;
}

int build_stage_run(struct build_work *work, size_t index, int pipe_fd)
{
    struct failure failure = {0};
    struct build_stage stage = {
        .work = work, .index = index, .place = BUILD_PLACE_NONE, .pipe_fd = pipe_fd, .failure = &failure};
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN); /* the main process says when to stop */
    const struct sigaction action = {.sa_handler = stop};
    (void)sigaction(SIGTERM, &action, NULL); /* cannot fail for this signal */
    int r = stage_end_with_main(&stage);
    if (r == 0)
        r = stage_all(&stage);
    int packed = stage_wait_packers(&stage);
    if (r == 0 && packed < 0)
        r = packed;
    if (r == 0 && index != work->graph.target && stage.snapshot.made_count > stage.told)
        r = stage_publish(&stage, true); /* other stages lie upon it from here on */
    build_place_close(&stage.place);
    if (r == 0 && build_snapshot_finish(&stage.snapshot) < 0)
        r = fail(&failure, -ENOMEM, "writing the image's configuration");
    r = stage_tell_end(&stage, r);
    build_snapshot_free(&stage.snapshot);
    return r;
}
