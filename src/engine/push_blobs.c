/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/push.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Each blob: is it there? can the registry take it from another repository of its own? else it is sent. */

#define SIDE_BY_SIDE 5
#define MOUNT_TRIES 3

static void report(const struct push *p, const struct push_blob *b, enum transfer_state state, uint64_t done,
                   const char *text)
{
    const struct transfer_event event = {.position = b->position,
                                         .count = p->manifest.layer_count,
                                         .digest = &b->descriptor->digest,
                                         .state = state,
                                         .done = done,
                                         .total = b->descriptor->size,
                                         .text = text};
    if (b->is_layer && p->request->progress.report)
        p->request->progress.report(p->request->progress.context, &event);
}

static int send(struct push *p, struct push_blob *b, enum push_step step, struct failure *failure)
{
    static const enum fetch_verb verbs[] = {
        [PUSH_HEAD] = FETCH_HEAD_BLOB, [PUSH_MOUNT] = FETCH_MOUNT_BLOB, [PUSH_PUT] = FETCH_PUT_BLOB};
    struct fetch_request request = {
        .verb = verbs[step], .session = p->session.id, .digest = b->descriptor->digest};
    autoclose int fd = -EBADF;
    if (step == PUSH_MOUNT)
        request.from = b->from.items[b->tried++];
    if (step == PUSH_PUT) {
        fd = blob_open(p->store, &b->descriptor->digest);
        if (fd == -ENOENT)
            return refuse(failure, fd,
                          "the compressed layer sha256:%.12s is not in the store any more: pull or load "
                          "%s again",
                          b->descriptor->digest.hex, p->name);
        if (fd < 0)
            return fail(failure, fd, "opening sha256:%s", b->descriptor->digest.hex);
        request.size = b->descriptor->size;
        request.chunk_size = p->request->chunk_size;
        report(p, b, TRANSFER_PUSHING, 0, "");
    }
    int r = registry_client_send(&p->session.client, &request, fd, failure);
    b->request = request.id;
    b->step = step;
    return r;
}

static void finish(struct push *p, struct push_blob *b, enum transfer_state state)
{
    b->step = PUSH_DONE;
    report(p, b, state, b->descriptor->size, "");
}

static int refuse_blob(struct push *p, const struct push_blob *b, const struct fetch_reply *answer,
                       struct failure *failure)
{
    int r = registry_refuse(&p->session, answer, failure);
    (void)fail_within(failure, "%s sha256:%.12s", b->is_layer ? "layer" : "the config",
                      b->descriptor->digest.hex);
    return r;
}

static bool can_mount(const struct push_blob *b)
{
    return b->tried < b->from.count && b->tried < MOUNT_TRIES;
}

static int hear_answer(struct push *p, struct push_blob *b, const struct fetch_reply *answer,
                       struct failure *failure)
{
    switch (b->step) {
    case PUSH_HEAD:
        if (answer->error == FETCH_OK) {
            finish(p, b, TRANSFER_EXISTS);
            return 0;
        }
        if (answer->error != FETCH_NOT_FOUND)
            return refuse_blob(p, b, answer, failure);
        return send(p, b, can_mount(b) ? PUSH_MOUNT : PUSH_PUT, failure);
    case PUSH_MOUNT:
        if (answer->error == FETCH_OK && answer->mounted) {
            finish(p, b, TRANSFER_MOUNTED);
            return 0;
        }
        return send(p, b, can_mount(b) ? PUSH_MOUNT : PUSH_PUT,
                    failure); /* it only could have been quicker */
    case PUSH_PUT:
        if (answer->error != FETCH_OK)
            return refuse_blob(p, b, answer, failure);
        finish(p, b, TRANSFER_PUSHED);
        return 0;
    case PUSH_IDLE:
    case PUSH_DONE:
        break;
    }
    return 0;
}

static int hear(struct push *p, struct failure *failure)
{
    struct fetch_reply reply;
    int r = registry_client_receive(&p->session.client, &reply, failure);
    for (size_t i = 0; r == 0 && i < p->blob_count; i++) {
        struct push_blob *b = &p->blobs[i];
        if (b->step == PUSH_IDLE || b->step == PUSH_DONE || b->request != reply.id)
            continue;
        if (reply.kind == FETCH_ANSWER)
            r = hear_answer(p, b, &reply, failure);
        else if (b->step == PUSH_PUT)
            report(p, b, reply.state == FETCH_WAITING ? TRANSFER_WAITING : TRANSFER_PUSHING, reply.bytes,
                   reply.text);
        break;
    }
    return r;
}

/* The same blob twice in an image is asked for once. */
static bool is_repeated(const struct push *p, size_t position)
{
    for (size_t i = 0; i < position; i++)
        if (digest_equal(&p->blobs[i].descriptor->digest, &p->blobs[position].descriptor->digest))
            return true;
    return false;
}

int push_blobs(struct push *p, struct failure *failure)
{
    size_t next = 0, running = 0;
    int r = 0;
    for (size_t i = 0; i < p->blob_count; i++)
        report(p, &p->blobs[i], TRANSFER_WAITING, 0, "");
    while (r == 0) {
        for (; next < p->blob_count && running < SIDE_BY_SIDE && r == 0; next++) {
            if (is_repeated(p, next))
                finish(p, &p->blobs[next], TRANSFER_EXISTS);
            else
                r = send(p, &p->blobs[next], PUSH_HEAD, failure);
            running += p->blobs[next].step != PUSH_DONE;
        }
        if (r < 0 || running == 0)
            break;
        r = hear(p, failure);
        running = 0;
        for (size_t i = 0; i < next; i++)
            running += p->blobs[i].step != PUSH_DONE;
    }
    return r;
}
