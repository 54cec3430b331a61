/* SPDX-License-Identifier: Apache-2.0 */
#include "build/schedule.h"

#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define TICK_MS 100
#define STOP_NS 10000000000 /* how long stages have to come to an end */

struct vertex {
    unsigned number;
    int64_t began_ns;
    bool open;
};

struct worker {
    size_t stage;
    int pidfd;
    struct build_inbox inbox;
    struct vertex vertex; /* the step at hand */
    bool told;            /* its result came */
    struct failure failure;
};

struct schedule {
    struct build_work *work;
    struct worker *workers; /* one for each stage */
    enum { STAGE_WAITS, STAGE_RUNS, STAGE_ENDED } * states;
    size_t running, limit;
    unsigned vertices;
    struct failure *failure; /* the first; nothing is started after it */
};

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void tell(const struct schedule *s, const struct worker *w, struct build_event *event)
{
    const struct build_progress *progress = &s->work->request->progress;
    event->vertex = w->vertex.number;
    event->elapsed_ns = now_ns() - w->vertex.began_ns;
    if (progress->event)
        progress->event(progress->context, event);
}

static bool can_start(const struct schedule *s, size_t stage)
{
    const struct build_graph_stage *plan = &s->work->graph.stages[stage];
    if (!plan->needed || s->states[stage] != STAGE_WAITS)
        return false;
    for (size_t i = 0; i < plan->wait_count; i++)
        if (!s->work->done[plan->waits_for[i]])
            return false;
    return true;
}

static int start_worker(struct schedule *s, size_t stage)
{
    struct worker *w = &s->workers[stage];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(s->failure, -errno, "starting a stage");
    autoclose int ours = ends[0], theirs = ends[1];
    pid_t pid = process_clone(0, -EBADF, &w->pidfd);
    if (pid == 0) {
        (void)close(TAKE_FD(ours));
        _exit(build_stage_run(s->work, stage, theirs));
    }
    if (pid < 0)
        return fail(s->failure, (int)pid, "starting a stage");
    w->stage = stage;
    w->inbox.fd = TAKE_FD(ours);
    s->states[stage] = STAGE_RUNS;
    s->running++;
    return 0;
}

static int start_ready(struct schedule *s)
{
    for (size_t i = 0; i < s->work->graph.count && s->running < s->limit; i++) {
        int r = can_start(s, i) ? start_worker(s, i) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

static void take_step(struct schedule *s, struct worker *w, const struct build_message *m, const char *data)
{
    static const enum build_event_kind kinds[] = {
        [BUILD_STEP_BEGINS] = BUILD_EVENT_BEGINS, [BUILD_STEP_OUTPUT] = BUILD_EVENT_OUTPUT,
        [BUILD_STEP_CACHED] = BUILD_EVENT_CACHED, [BUILD_STEP_DONE] = BUILD_EVENT_DONE,
        [BUILD_STEP_FAILED] = BUILD_EVENT_FAILED,
    };
    autofree char *title = NULL;
    struct build_event event = {
        .kind = kinds[m->kind], .data = data, .size = m->size, .stream = (int)m->stream};
    if (m->kind == BUILD_STEP_BEGINS) {
        w->vertex = (struct vertex){.number = ++s->vertices, .began_ns = now_ns(), .open = true};
    } else if (!w->vertex.open && m->kind != BUILD_STEP_FAILED) {
        return;
    }
    if (m->kind == BUILD_STEP_BEGINS || m->kind == BUILD_STEP_FAILED) {
        title = strndup(data, m->size);
        event.title = title ? title : "";
    }
    if (m->kind != BUILD_STEP_FAILED || w->vertex.open)
        tell(s, w, &event);
    if (m->kind != BUILD_STEP_BEGINS && m->kind != BUILD_STEP_OUTPUT)
        w->vertex.open = false;
}

static int take_message(struct schedule *s, struct worker *w, const struct build_message *m, const char *data)
{
    if (m->kind >= BUILD_STEP_BEGINS && m->kind <= BUILD_STEP_FAILED) {
        take_step(s, w, m, data);
        return 0;
    }
    if (m->kind == BUILD_FAILURE && m->size == sizeof(w->failure)) {
        memcpy(&w->failure, data, sizeof(w->failure));
        return 0;
    }
    if (m->kind != BUILD_RESULT)
        return -EBADMSG;
    w->told = true;
    build_snapshot_free(&s->work->snapshots[w->stage]);
    return build_snapshot_read(data, m->size, &s->work->snapshots[w->stage]);
}

/* Its process is gone: what became of the stage. */
static int end_worker(struct schedule *s, struct worker *w, int r)
{
    autoclose int pidfd = w->pidfd;
    int status = process_wait(pidfd);
    build_inbox_close(&w->inbox);
    s->states[w->stage] = STAGE_ENDED;
    s->running--;
    if (s->failure->error < 0)
        return s->failure->error;
    if (w->failure.error < 0) {
        *s->failure = w->failure;
        return w->failure.error;
    }
    if (r < 0)
        return fail(s->failure, r, "listening to a stage");
    if (status != 0 || !w->told)
        return refuse(s->failure, -EIO, "the process of stage %s ended with status %d",
                      s->work->graph.stages[w->stage].name, status);
    s->work->done[w->stage] = true;
    return 0;
}

static int serve(struct schedule *s, struct worker *w)
{
    struct build_message message;
    const char *data;
    int r = build_inbox_read(&w->inbox);
    bool ended = r <= 0;
    while (r >= 0 && (r = build_inbox_next(&w->inbox, &message, &data)) > 0) {
        int taken = take_message(s, w, &message, data);
        if (taken < 0) {
            process_end(w->pidfd); /* not a process of ours any more, by its words */
            return end_worker(s, w, taken);
        }
    }
    return ended || r < 0 ? end_worker(s, w, r) : 0;
}

static int serve_all(struct schedule *s)
{
    size_t count = s->work->graph.count, n = 0;
    autofree struct pollfd *polled = calloc(count, sizeof(*polled));
    autofree size_t *who = calloc(count, sizeof(*who));
    if (!polled || !who)
        return fail(s->failure, -ENOMEM, "building");
    for (size_t i = 0; i < count; i++)
        if (s->states[i] == STAGE_RUNS) {
            who[n] = i;
            polled[n++] = (struct pollfd){s->workers[i].inbox.fd, POLLIN, 0};
        }
    int came = poll(polled, n, TICK_MS);
    if (came < 0 && errno != EINTR)
        return fail(s->failure, -errno, "building");
    const struct build_request *request = s->work->request;
    if (request->cancelled && *request->cancelled)
        return refuse(s->failure, -ECANCELED, "the build was interrupted");
    if (request->progress.tick)
        request->progress.tick(request->progress.context);
    for (size_t i = 0; came > 0 && i < n; i++) {
        int r = polled[i].revents ? serve(s, &s->workers[who[i]]) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* After a failure: what still runs gives up its step and tells what it made before. */
static void stop_all(struct schedule *s)
{
    int64_t deadline = now_ns() + STOP_NS;
    for (size_t i = 0; i < s->work->graph.count; i++)
        if (s->states[i] == STAGE_RUNS)
            ignore(process_signal(s->workers[i].pidfd, SIGTERM)); /* it may have ended */
    for (size_t i = 0; i < s->work->graph.count; i++)
        while (s->states[i] == STAGE_RUNS && now_ns() < deadline) {
            struct pollfd polled = {s->workers[i].inbox.fd, POLLIN, 0};
            if (poll(&polled, 1, TICK_MS) > 0)
                ignore(serve(s, &s->workers[i])); /* the first failure is the one to report */
        }
}

static void end_all(struct schedule *s)
{
    stop_all(s);
    for (size_t i = 0; i < s->work->graph.count; i++) {
        if (s->states[i] != STAGE_RUNS)
            continue;
        process_end(s->workers[i].pidfd);
        (void)close(s->workers[i].pidfd); /* reaped */
        build_inbox_close(&s->workers[i].inbox);
    }
}

int build_schedule(struct build_work *work, unsigned first_vertex, struct failure *failure)
{
    size_t count = work->graph.count;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct schedule s = {.work = work, .failure = failure, .vertices = first_vertex - 1};
    s.limit = processors > 0 ? (size_t)processors : 1;
    autofree struct worker *workers = s.workers = calloc(count, sizeof(*workers));
    autofree void *states = s.states = calloc(count, sizeof(*s.states));
    if (!workers || !states)
        return fail(failure, -ENOMEM, "building");
    int r = start_ready(&s);
    while (r == 0 && s.running > 0) {
        r = serve_all(&s);
        if (r == 0)
            r = start_ready(&s);
    }
    end_all(&s);
    return r;
}
