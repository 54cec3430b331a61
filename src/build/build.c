/* SPDX-License-Identifier: Apache-2.0 */
#include "build/build.h"

#include "build/advise.h"
#include "build/parse.h"
#include "build/publish.h"
#include "build/pull_bases.h"
#include "build/schedule.h"
#include "engine/lookup.h"
#include "formats/image_manifest.h"
#include "formats/reference.h"
#include "kernel/file.h"
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#define DOCKERFILE_SIZE_MAX (4u << 20)

static void work_free(struct build_work *work)
{
    for (size_t i = 0; work->snapshots && i < work->graph.count; i++)
        build_snapshot_free(&work->snapshots[i]);
    for (size_t i = 0; i < work->named_count; i++)
        build_context_close(&work->named[i]);
    build_context_close(&work->context);
    build_graph_free(&work->graph);
    dockerfile_free(&work->dockerfile);
    dockerfile_scope_free(&work->scope);
    free(work->snapshots);
    free(work->done);
    free(work->named);
    free(work->epoch);
    free(work->platform);
}

void build_result_free(struct build_result *result)
{
    strings_free(&result->folders);
    report_free(&result->advice);
    *result = (struct build_result){0};
}

static int read_platform(struct build_work *work, struct failure *failure)
{
    struct utsname host;
    char own[sizeof(host.machine) + 8];
    struct platform parsed = {0};
    if (uname(&host) < 0)
        return fail(failure, -errno, "asking for this machine's architecture");
    (void)snprintf(own, sizeof(own), "linux/%s", host.machine); /* fits */
    autofree char *builder = NULL;
    for (int i = 0; i < 2; i++) {
        const char *text = i == 1 && work->request->platform ? work->request->platform : own;
        char **into = i == 0 ? &builder : &work->platform;
        int r = platform_parse(text, &parsed, failure);
        if (r < 0)
            return fail_within(failure, "--platform");
        if (asprintf(into, "%s/%s%s%s", parsed.os, parsed.architecture, parsed.variant ? "/" : "",
                     parsed.variant ? parsed.variant : "") < 0)
            *into = NULL;
        platform_free(&parsed);
        if (!*into)
            return fail(failure, -ENOMEM, "--platform");
    }
    return dockerfile_scope_set_platform(&work->scope, builder, work->platform) < 0
               ? fail(failure, -ENOMEM, "--platform")
               : 0;
}

static int open_contexts(struct build_work *work, char **ret_dockerfile, struct failure *failure)
{
    const struct build_request *request = work->request;
    const struct build_context_request main_context = {
        .what = "the build context",
        .source = request->context,
        .stream_fd = request->stream_fd,
        .dockerfile = streq(request->dockerfile, "-") ? NULL : request->dockerfile,
    };
    int r = build_context_open(work->store, &main_context, &work->context, ret_dockerfile, failure);
    if (r < 0)
        return r;
    work->named = calloc(request->contexts.count + 1, sizeof(*work->named));
    if (!work->named)
        return fail(failure, -ENOMEM, "opening the contexts");
    for (size_t i = 0; i < request->contexts.count; i++) {
        char *unused = NULL, *separator = strchr(request->contexts.items[i], '=');
        if (!separator || separator == request->contexts.items[i])
            return refuse(failure, -EINVAL, "--build-context %s: NAME=FOLDER is expected",
                          request->contexts.items[i]);
        const struct build_context_request named = {
            .what = request->contexts.items[i], .source = separator + 1, .stream_fd = -EBADF};
        r = build_context_open(work->store, &named, &work->named[i], &unused, failure);
        free(unused);
        if (r < 0)
            return r;
        work->named_count++;
    }
    return 0;
}

/* The text of the Dockerfile: standard input, a file of -f, or in the context. */
static int read_dockerfile(struct build_work *work, char **text, size_t *size, struct failure *failure)
{
    const char *given = work->request->dockerfile;
    int r;
    if (*text) {
        *size = strlen(*text);
        work->file = "Dockerfile";
        return 0;
    }
    work->file = given && !streq(given, "-") ? given : "Dockerfile";
    if (streq(given, "-")) {
        r = fd_read_whole(work->request->stream_fd, DOCKERFILE_SIZE_MAX, text, size);
        return r < 0 ? fail(failure, r, "reading the Dockerfile from standard input") : 0;
    }
    bool in_context = !given || work->context.staging[0];
    autoclose int fd = in_context
                           ? path_open_in_root(work->context.folder_fd, work->file, O_RDONLY | O_NONBLOCK)
                           : open(given, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(failure, in_context ? fd : -errno, "opening %s", work->file);
    r = fd_read_whole(fd, DOCKERFILE_SIZE_MAX, text, size);
    return r < 0 ? fail(failure, r, "reading %s", work->file) : 0;
}

static void tell_loading(const struct build_work *work, int64_t elapsed_ns, size_t size)
{
    const struct build_progress *progress = &work->request->progress;
    char line[64];
    if (!progress->event)
        return;
    int n = snprintf(line, sizeof(line), "transferring dockerfile: %zuB\n", size); /* fits */
    const struct build_event events[] = {
        {.kind = BUILD_EVENT_BEGINS,
         .vertex = 1,
         .title = "[internal] load build definition from Dockerfile"},
        {.kind = BUILD_EVENT_OUTPUT, .vertex = 1, .data = line, .size = (size_t)n, .stream = 2},
        {.kind = BUILD_EVENT_DONE, .vertex = 1, .elapsed_ns = elapsed_ns},
    };
    for (size_t i = 0; i < ARRAY_SIZE(events); i++)
        progress->event(progress->context, &events[i]);
}

static int read_definition(struct build_work *work, struct failure *failure)
{
    autofree char *text = NULL;
    size_t size = 0;
    struct timespec begin, end;
    (void)clock_gettime(CLOCK_MONOTONIC, &begin); /* cannot fail for this clock */
    int r = open_contexts(work, &text, failure);
    if (r == 0)
        r = read_dockerfile(work, &text, &size, failure);
    if (r == 0)
        r = build_parse(work->file, text, size, &work->dockerfile, failure);
    if (r < 0)
        return r;
    (void)clock_gettime(CLOCK_MONOTONIC, &end); /* the same */
    tell_loading(work, (end.tv_sec - begin.tv_sec) * 1000000000 + end.tv_nsec - begin.tv_nsec, size);
    work->scope.escape = work->dockerfile.escape;
    if (strings_copy(&work->scope.build_args, &work->request->build_args) < 0)
        return fail(failure, -ENOMEM, "--build-arg");
    r = read_platform(work, failure);
    if (r == 0)
        r = dockerfile_scope_read_meta(&work->scope, &work->dockerfile, failure);
    return r < 0 ? fail_within(failure, "%s", work->file) : 0;
}

static int plan(struct build_work *work, struct failure *failure)
{
    const struct build_graph_request request = {
        .dockerfile = &work->dockerfile,
        .scope = &work->scope,
        .target = work->request->target,
        .contexts = &work->request->contexts,
    };
    int r = build_graph_make(&request, &work->graph, failure);
    if (r < 0)
        return fail_within(failure, "%s", work->file);
    work->snapshots = calloc(work->graph.count, sizeof(*work->snapshots));
    work->done = calloc(work->graph.count, sizeof(*work->done));
    if (!work->snapshots || !work->done)
        return fail(failure, -ENOMEM, "building");
    if (work->request->epoch >= 0 && asprintf(&work->epoch, "%lld", (long long)work->request->epoch) < 0) {
        work->epoch = NULL;
        return fail(failure, -ENOMEM, "building");
    }
    return 0;
}

/* Mistakes in names are found before anything is built. */
static int check_request(const struct build_request *request, struct failure *failure)
{
    for (size_t i = 0; i < request->tags.count; i++) {
        autoreference struct reference reference = {0};
        int r = reference_parse_tagged(request->tags.items[i], &reference, failure);
        if (r == 0 && reference.digest.hex[0])
            r = refuse(failure, -EINVAL, "a digest cannot be given to an image, it follows from its content");
        if (r < 0)
            return fail_within(failure, "-t %s", request->tags.items[i]);
    }
    return 0;
}

static int build_all(struct build_work *work, struct build_result *result, struct failure *failure)
{
    struct failure publishing = {0};
    int r = read_definition(work, failure);
    if (r == 0)
        r = plan(work, failure);
    if (r < 0 || work->request->check)
        return r < 0 ? r : build_advise(work, result, failure);
    unsigned vertex = 2;
    r = build_pull_bases(work, &vertex, failure);
    if (r < 0)
        return r;
    r = build_schedule(work, vertex, failure);
    /* What steps made is kept for the next try, whatever came after them. */
    int published = build_publish(work, &publishing);
    if (r == 0 && published < 0) {
        *failure = publishing;
        r = published;
    }
    if (r == 0 && (!work->request->no_image || work->request->require_nonroot))
        r = build_advise(work, result, failure);
    if (r == 0 && build_snapshot_folders(&work->snapshots[work->graph.target], &result->folders) < 0)
        r = fail(failure, -ENOMEM, "building");
    return r < 0 || work->request->no_image ? r : build_write_image(work, &result->id, failure);
}

int build_run(struct engine *e, const struct build_request *request, struct build_result *ret_result,
              struct failure *failure)
{
    autostore struct store s = {0};
    struct build_work work = {
        .engine = e, .store = &s, .request = request, .pid = getpid(), .context = BUILD_CONTEXT_NONE};
    *ret_result = (struct build_result){0};
    int r = check_request(request, failure);
    if (r == 0)
        r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    pending_finish(e);
    staging_clean(&s);
    autoclose int lock = store_lock(&s, STORE_LOCK_ADD);
    if (lock < 0)
        return fail(failure, lock, "locking the store");
    r = build_all(&work, ret_result, failure);
    work_free(&work);
    if (r == 0)
        return 0;
    /* What ended stages left is taken away now, not only by the next command. */
    (void)close(TAKE_FD(lock));
    staging_clean(&s);
    pending_finish(e);
    return r;
}
