/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pull.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/statvfs.h>

/* Layers go in rounds: all that nobody else downloads right now, several side by side; they are published
 * together. Then what others had: it is here by then, or is ours to download. Who waits for another one's
 * download holds none himself, so that two pulls cannot wait for each other. */

static bool is_here(const struct pull *p, const struct pull_layer *l)
{
    return layer_exists(p->store, l->diffid) && blob_exists(p->store, &l->descriptor->digest);
}

/* 1: ours to bring; 0: it is here; -EWOULDBLOCK: somebody else is at it. */
static int claim(struct pull *p, struct pull_layer *l, bool wait)
{
    if (is_here(p, l)) {
        l->done = true;
        return 0;
    }
    l->local = blob_exists(p->store, &l->descriptor->digest);
    if (!l->local) {
        int r = blob_partial_open(p->store, &l->descriptor->digest, l->descriptor->size, wait, &l->partial);
        if (r < 0)
            return r;
        l->local = blob_exists(p->store, &l->descriptor->digest); /* whoever had the lock brought it */
        if (l->local) {
            blob_partial_close(p->store, &l->descriptor->digest, &l->partial);
            if (is_here(p, l)) {
                l->done = true;
                return 0;
            }
        }
    }
    l->claimed = true;
    return 1;
}

/* Claims what can be claimed; when that is nothing, waits for one. Returns how many. */
static int claim_round(struct pull *p, struct failure *failure)
{
    struct pull_layer *waiting = NULL;
    int count = 0;
    for (size_t i = 0; i < p->manifest.layer_count; i++) {
        struct pull_layer *l = &p->layers[i];
        if (l->done)
            continue;
        int r = claim(p, l, false);
        if (r < 0 && r != -EWOULDBLOCK)
            return fail(failure, r, "%s: locking its download", l->what);
        if (r == 0)
            pull_report(p, l, TRANSFER_EXISTS, "");
        else
            pull_report(p, l, TRANSFER_WAITING, r < 0 ? "another download" : "");
        if (r < 0 && !waiting)
            waiting = l;
        count += r > 0;
    }
    if (count > 0 || !waiting)
        return count;
    int r = claim(p, waiting, true);
    return r < 0 ? fail(failure, r, "%s: waiting for another download of it", waiting->what) : r;
}

static int check_space(const struct pull *p, struct failure *failure)
{
    struct statvfs fs;
    uint64_t needed = 0;
    for (size_t i = 0; i < p->manifest.layer_count; i++) {
        const struct pull_layer *l = &p->layers[i];
        uint64_t size = l->claimed && !l->local ? l->descriptor->size - l->partial.size : 0;
        needed = needed + size < needed ? UINT64_MAX : needed + size;
    }
    if (fstatvfs(p->store->blobs_fd, &fs) < 0)
        return fail(failure, -errno, "asking for free space");
    uint64_t free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (needed > free_bytes)
        return refuse(failure, -ENOSPC, "the layers of %s are %llu MB to download, %llu MB are free", p->name,
                      (unsigned long long)(needed >> 20), (unsigned long long)(free_bytes >> 20));
    return 0;
}

static size_t running_count(const struct pull *p)
{
    size_t count = 0;
    for (size_t i = 0; i < p->manifest.layer_count; i++)
        count += p->layers[i].running;
    return count;
}

/* Begins claimed layers while there is room. */
static int begin_some(struct pull *p, size_t *next, size_t limit, struct failure *failure)
{
    for (; *next < p->manifest.layer_count && running_count(p) < limit; (*next)++) {
        struct pull_layer *l = &p->layers[*next];
        int r = l->claimed ? pull_layer_begin(p, l, failure) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

static int hear_fetch(struct pull *p, struct failure *failure)
{
    struct fetch_reply reply;
    int r = registry_client_receive(&p->session.client, &reply, failure);
    for (size_t i = 0; r == 0 && i < p->manifest.layer_count; i++)
        if (p->layers[i].running && !p->layers[i].answered && p->layers[i].request == reply.id)
            pull_layer_hear(p, &p->layers[i], &reply);
    return r;
}

/* Waits until something is said, and hears it. */
static int step(struct pull *p, struct failure *failure)
{
    struct pollfd wanted[LAYER_WORKERS_MAX + 1] = {{.fd = p->session.client.socket_fd, .events = POLLIN}};
    struct pull_layer *who[LAYER_WORKERS_MAX + 1] = {NULL};
    size_t count = 1;
    for (size_t i = 0; i < p->manifest.layer_count && count <= LAYER_WORKERS_MAX; i++) {
        struct pull_layer *l = &p->layers[i];
        if (!l->running || l->worker_ended)
            continue;
        who[count] = l;
        wanted[count++] = (struct pollfd){.fd = l->worker.socket_fd, .events = POLLIN};
    }
    if (poll(wanted, count, -1) < 0)
        return errno == EINTR ? 0 : fail(failure, -errno, "waiting for the layers");
    int r = wanted[0].revents ? hear_fetch(p, failure) : 0;
    for (size_t i = 1; r == 0 && i < count; i++)
        r = wanted[i].revents ? pull_layer_listen(p, who[i], failure) : 0;
    return r;
}

static int finish_some(struct pull *p, struct failure *failure)
{
    for (size_t i = 0; i < p->manifest.layer_count; i++) {
        struct pull_layer *l = &p->layers[i];
        if (!l->running || !l->worker_ended || !l->answered)
            continue;
        int r = pull_layer_finish(p, l, failure);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Gives the round's layers their names, with one sync. */
static int publish_round(struct pull *p, struct failure *failure)
{
    size_t count = 0;
    autofree struct layer_stage *stages = calloc(p->manifest.layer_count, sizeof(*stages));
    if (!stages)
        return fail(failure, -ENOMEM, "storing the layers");
    for (size_t i = 0; i < p->manifest.layer_count; i++)
        if (p->layers[i].claimed)
            stages[count++] = p->layers[i].stage;
    int r = layer_publish(p->store, stages, count, failure);
    count = 0;
    for (size_t i = 0; i < p->manifest.layer_count; i++) {
        struct pull_layer *l = &p->layers[i];
        if (!l->claimed)
            continue;
        l->stage = stages[count++]; /* what has a name now is not deleted with it */
        if (r == 0 && !l->local)
            blob_partial_drop(p->store, &l->descriptor->digest);
        pull_layer_release(p, l);
        l->claimed = false;
        l->done = r == 0;
    }
    return r;
}

static int run_round(struct pull *p, struct failure *failure)
{
    size_t next = 0, limit = layer_worker_count();
    int r = check_space(p, failure);
    if (r == 0)
        r = begin_some(p, &next, limit, failure);
    while (r == 0 && running_count(p) > 0) {
        r = step(p, failure);
        if (r == 0)
            r = finish_some(p, failure);
        if (r == 0)
            r = begin_some(p, &next, limit, failure);
    }
    return r < 0 ? r : publish_round(p, failure);
}

static int make_layers(struct pull *p, struct failure *failure)
{
    p->layers = calloc(p->manifest.layer_count + 1, sizeof(*p->layers));
    if (!p->layers)
        return fail(failure, -ENOMEM, "pulling %s", p->name);
    for (size_t i = 0; i < p->manifest.layer_count; i++) {
        struct pull_layer *l = &p->layers[i];
        *l = (struct pull_layer){.descriptor = &p->manifest.layers[i],
                                 .diffid = &p->config.diff_ids[i],
                                 .partial = {.fd = -EBADF},
                                 .worker = LAYER_WORKER_NONE};
        (void)snprintf(l->what, sizeof(l->what), "layer %.12s", l->descriptor->digest.hex); /* fits */
        if (l->descriptor->size == 0)
            return refuse(failure, -EBADMSG, "%s: the manifest says that it is empty", l->what);
    }
    return 0;
}

int pull_read_layers(struct pull *p, struct failure *failure)
{
    int r = make_layers(p, failure);
    while (r == 0) {
        bool all = true;
        r = claim_round(p, failure);
        if (r > 0)
            r = run_round(p, failure);
        for (size_t i = 0; r == 0 && i < p->manifest.layer_count; i++)
            all = all && p->layers[i].done;
        if (r < 0 || all)
            break;
    }
    for (size_t i = 0; p->layers && i < p->manifest.layer_count; i++)
        if (p->layers[i].claimed)
            pull_layer_release(p, &p->layers[i]);
    free(p->layers);
    p->layers = NULL;
    return r;
}
