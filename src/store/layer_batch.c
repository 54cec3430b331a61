/* SPDX-License-Identifier: Apache-2.0 */
#include "store/layer_batch.h"

#include "store/layer_worker.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

struct layer_job {
    struct layer_worker worker;
    size_t position; /* of its layer */
    char *what;
};

static void report_all(const struct layer_batch *b, const struct layer_job *last)
{
    uint64_t done = 0, total = 0;
    if (!b->progress || !b->progress->report)
        return;
    for (size_t i = 0; i < b->job_count; i++) {
        done += b->jobs[i].worker.done;
        total += b->jobs[i].worker.total;
    }
    b->progress->report(b->progress->context, last->what, done, total);
}

static void drop_job(struct layer_batch *b, size_t position)
{
    layer_worker_end(&b->jobs[position].worker);
    free(b->jobs[position].what);
    b->jobs[position] = b->jobs[--b->job_count];
}

/* A worker said something. */
static int listen_to(struct layer_batch *b, size_t position, struct failure *failure)
{
    struct layer_job *job = &b->jobs[position];
    struct layer_stage stage;
    int r = layer_worker_receive(&job->worker, &stage, failure);
    if (r < 0)
        return r;
    report_all(b, job);
    if (r > 0)
        return 0;
    b->stages[job->position] = stage;
    b->results[job->position] = stage.result;
    drop_job(b, position);
    return 0;
}

/* Until at most `limit` workers run. */
static int wait_for_workers(struct layer_batch *b, size_t limit, struct failure *failure)
{
    while (b->job_count > limit) {
        struct pollfd wanted[LAYER_WORKERS_MAX];
        size_t count = b->job_count;
        for (size_t i = 0; i < count; i++)
            wanted[i] = (struct pollfd){.fd = b->jobs[i].worker.socket_fd, .events = POLLIN};
        if (poll(wanted, count, -1) < 0 && errno != EINTR)
            return fail(failure, -errno, "waiting for the layers");
        for (size_t i = count; i-- > 0;) { /* from behind: a job that ended is replaced by the last */
            int r = wanted[i].revents ? listen_to(b, i, failure) : 0;
            if (r < 0)
                return r;
        }
    }
    return 0;
}

static int start_worker(struct layer_batch *b, const struct layer_source *source, struct failure *failure)
{
    unsigned limit = b->workers > LAYER_WORKERS_MAX ? LAYER_WORKERS_MAX : b->workers;
    int r = wait_for_workers(b, limit - 1, failure);
    if (r < 0)
        return r;
    struct layer_job *jobs = reallocarray(b->jobs, b->job_count + 1, sizeof(*jobs));
    if (jobs)
        b->jobs = jobs;
    struct layer_job job = {.worker = LAYER_WORKER_NONE, .position = b->count, .what = strdup(source->what)};
    if (!jobs || !job.what) {
        free(job.what);
        return fail(failure, -ENOMEM, "%s", source->what);
    }
    b->stages[b->count] = (struct layer_stage){.folder_fd = -EBADF, .blob = {.fd = -EBADF}};
    b->results[b->count] = (struct layer_result){.size = 0};
    r = layer_worker_start(b->store, source, &job.worker, failure);
    if (r < 0) {
        free(job.what);
        return r;
    }
    b->jobs[b->job_count++] = job;
    return 0;
}

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
    int r = b->workers > 0 ? start_worker(b, source, failure)
                           : layer_stage(b->store, source, b->progress, &stages[b->count], failure);
    if (r < 0)
        return r;
    if (b->workers == 0)
        results[b->count] = stages[b->count].result;
    b->count++;
    return 0;
}

int layer_batch_publish(struct layer_batch *b, struct failure *failure)
{
    int r = wait_for_workers(b, 0, failure);
    return r < 0 ? r : layer_publish(b->store, b->stages, b->count, failure);
}

void layer_batch_free(struct layer_batch *b)
{
    while (b->job_count > 0)
        drop_job(b, b->job_count - 1);
    for (size_t i = 0; i < b->count; i++)
        layer_stage_close(&b->stages[i]);
    free(b->stages);
    free(b->results);
    free(b->jobs);
    *b = (struct layer_batch){0};
}
