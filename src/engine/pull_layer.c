/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pull.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define PIPE_BYTES (1 << 20)

void pull_report(const struct pull *p, const struct pull_layer *l, enum transfer_state state,
                 const char *text)
{
    uint64_t shown = l->received > l->worker.done ? l->received : l->worker.done;
    const struct transfer_event event = {.position = (size_t)(l - p->layers),
                                         .count = p->manifest.layer_count,
                                         .digest = &l->descriptor->digest,
                                         .state = state,
                                         .done = shown < l->descriptor->size ? shown : l->descriptor->size,
                                         .total = l->descriptor->size,
                                         .text = text};
    if (p->request->progress.report)
        p->request->progress.report(p->request->progress.context, &event);
}

/* The registry's bytes come by a pipe whose other end only unroot-fetch has. */
static int begin_download(struct pull *p, struct pull_layer *l, int *ret_fd, struct failure *failure)
{
    int ends[2];
    struct fetch_request request = {.verb = FETCH_GET_BLOB,
                                    .session = p->session.id,
                                    .digest = l->descriptor->digest,
                                    .size = l->descriptor->size,
                                    .offset = l->partial.size};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(failure, -errno, "%s: making a pipe", l->what);
    autoclose int input = ends[0], output = ends[1];
    (void)fcntl(output, F_SETPIPE_SZ, PIPE_BYTES); /* only speed; an unprivileged limit may forbid it */
    int r = registry_client_send(&p->session.client, &request, output, failure);
    if (r < 0)
        return r;
    l->request = request.id;
    *ret_fd = TAKE_FD(input);
    return 0;
}

int pull_layer_begin(struct pull *p, struct pull_layer *l, struct failure *failure)
{
    autoclose int fd = -EBADF;
    struct layer_source source = {.what = l->what,
                                  .digest = &l->descriptor->digest,
                                  .diffid = l->diffid,
                                  .size = l->descriptor->size,
                                  .keep_blob = true,
                                  .partial = l->local ? NULL : &l->partial};
    int r = 0;
    l->worker_ended = false;
    l->received = 0;
    l->answer = (struct fetch_reply){.kind = FETCH_ANSWER};
    l->begun_with = l->local ? 0 : l->partial.size;
    l->answered = l->local || l->begun_with == l->descriptor->size; /* nothing to ask for */
    if (l->local) {
        fd = blob_open(p->store, &l->descriptor->digest);
        r = fd < 0 ? fail(failure, fd, "%s: opening its blob", l->what) : 0;
    } else if (l->answered) {
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        r = fd < 0 ? fail(failure, -errno, "opening /dev/null") : 0;
    } else
        r = begin_download(p, l, &fd, failure);
    if (r < 0)
        return r;
    source.fd = fd;
    r = layer_worker_start(p->store, &source, &l->worker, failure);
    if (r < 0)
        return r;
    l->running = true;
    l->worker.done = l->begun_with;
    pull_report(p, l, l->answered ? TRANSFER_EXTRACTING : TRANSFER_DOWNLOADING, "");
    return 0;
}

void pull_layer_hear(struct pull *p, struct pull_layer *l, const struct fetch_reply *reply)
{
    if (reply->kind == FETCH_ANSWER) {
        l->answer = *reply;
        l->answered = true;
        if (reply->error == FETCH_OK && !l->worker_ended)
            pull_report(p, l, TRANSFER_EXTRACTING, "");
    } else if (reply->state == FETCH_WAITING) {
        char text[256];
        if (reply->wait_seconds > 0)
            (void)snprintf(text, sizeof(text), "%.200s, %u s", reply->text, reply->wait_seconds); /* fits */
        else
            (void)snprintf(text, sizeof(text), "%.200s", reply->text); /* cut is enough */
        pull_report(p, l, TRANSFER_WAITING, text);
    } else {
        l->received = reply->bytes;
        pull_report(p, l, TRANSFER_DOWNLOADING, "");
    }
}

int pull_layer_listen(struct pull *p, struct pull_layer *l, struct failure *failure)
{
    int r = layer_worker_receive(&l->worker, &l->stage, &l->failure);
    if (r > 0) {
        pull_report(p, l, l->answered ? TRANSFER_EXTRACTING : TRANSFER_DOWNLOADING, "");
        return 0;
    }
    l->worker_ended = true;
    if (r == 0 || l->answered)
        return 0;
    /* Nobody reads on; what unroot-fetch answers now may be the reason why. */
    struct fetch_request cancel = {.verb = FETCH_CANCEL, .id = l->request};
    return registry_client_send(&p->session.client, &cancel, -EBADF, failure);
}

/* What an earlier download left is not what the registry has: once more, from the first byte. */
static int begin_again(struct pull *p, struct pull_layer *l, struct failure *failure)
{
    l->tried_again = true;
    l->failure = (struct failure){0};
    layer_worker_end(&l->worker);
    int r = blob_partial_empty(&l->partial);
    if (r < 0)
        return fail(failure, r, "%s: beginning again", l->what);
    return pull_layer_begin(p, l, failure);
}

int pull_layer_finish(struct pull *p, struct pull_layer *l, struct failure *failure)
{
    l->running = false;
    bool ours =
        l->answer.error == FETCH_OK || l->answer.error == FETCH_LOCAL || l->answer.error == FETCH_CANCELLED;
    if (!ours) { /* then what came so far stays for the next pull */
        int r = registry_refuse(&p->session, &l->answer, failure);
        (void)fail_within(failure, "%s", l->what); /* r is returned */
        return r;
    }
    if (l->failure.error == 0) {
        pull_report(p, l, TRANSFER_COMPLETE, "");
        return 1;
    }
    if (l->begun_with > 0 && !l->tried_again)
        return begin_again(p, l, failure);
    if (!l->local)
        blob_partial_drop(p->store, &l->descriptor->digest);
    return refuse(failure, l->failure.error, "%s", l->failure.text);
}

void pull_layer_release(struct pull *p, struct pull_layer *l)
{
    layer_worker_end(&l->worker);
    layer_stage_close(&l->stage);
    blob_partial_close(p->store, &l->descriptor->digest, &l->partial);
}
