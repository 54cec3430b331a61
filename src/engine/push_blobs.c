/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/push.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

/* Each blob: is it there? can the registry take it from another repository of its own? else it is sent. What
 * has to be compressed for that is compressed when it has to be sent, or first when nobody knows its digest.
 */

#define SIDE_BY_SIDE 5
#define MOUNT_TRIES 3
#define PACK_REPORT_MS 100

static void report(const struct push *p, const struct push_blob *b, enum transfer_state state, uint64_t done,
                   const char *text)
{
    const struct transfer_event event = {.position = b->position,
                                         .count = p->manifest.layer_count,
                                         .digest = &b->descriptor->digest,
                                         .state = state,
                                         .done = done,
                                         .total =
                                             state == TRANSFER_PACKING ? b->descriptor->size : b->sent.size,
                                         .text = text};
    if (b->is_layer && p->request->progress.report)
        p->request->progress.report(p->request->progress.context, &event);
}

/* What is sent: the compressed file, or the blob. The caller's. */
static int open_content(const struct push *p, const struct push_blob *b, struct failure *failure)
{
    if (!b->pack)
        return push_open_blob(p, b, failure);
    int fd = fcntl(b->packed_fd, F_DUPFD_CLOEXEC, 3);
    return fd < 0 ? fail(failure, -errno, "passing sha256:%s on", b->sent.digest.hex) : fd;
}

static int pack(struct push *p, struct push_blob *b, struct failure *failure)
{
    b->step = PUSH_PACK;
    report(p, b, TRANSFER_PACKING, 0, "");
    return push_pack_begin(p, b, failure);
}

static int send(struct push *p, struct push_blob *b, enum push_step step, struct failure *failure)
{
    static const enum fetch_verb verbs[] = {
        [PUSH_HEAD] = FETCH_HEAD_BLOB, [PUSH_MOUNT] = FETCH_MOUNT_BLOB, [PUSH_PUT] = FETCH_PUT_BLOB};
    struct fetch_request request = {.verb = verbs[step], .session = p->session.id, .digest = b->sent.digest};
    autoclose int fd = -EBADF;
    if (step == PUSH_MOUNT)
        request.from = b->from.items[b->tried++];
    if (step == PUSH_PUT) {
        if (b->pack && b->packed_fd < 0)
            return pack(p, b, failure);
        fd = open_content(p, b, failure);
        if (fd < 0)
            return fd;
        request.size = b->sent.size;
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
    push_pack_end(b);
    report(p, b, state, b->sent.size, "");
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
        b->lacking = true;
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
    case PUSH_PACK:
    case PUSH_DONE:
        break;
    }
    return 0;
}

static int hear_registry(struct push *p, struct failure *failure)
{
    struct fetch_reply reply;
    int r = registry_client_receive(&p->session.client, &reply, failure);
    for (size_t i = 0; r == 0 && i < p->blob_count; i++) {
        struct push_blob *b = &p->blobs[i];
        if (b->step == PUSH_IDLE || b->step == PUSH_PACK || b->step == PUSH_DONE || b->request != reply.id)
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

/* The compressed layer is there, and so its digest, which the registry may have been asked for already. */
static int end_packing(struct push *p, struct push_blob *b, struct failure *failure)
{
    int r = push_pack_finish(p, b, failure);
    return r < 0 ? r : send(p, b, b->lacking ? PUSH_PUT : PUSH_HEAD, failure);
}

/* Until the registry or a compressor says something. */
static int hear(struct push *p, struct failure *failure)
{
    struct push_blob *packing[SIDE_BY_SIDE];
    struct pollfd wanted[SIDE_BY_SIDE + 1] = {{.fd = p->session.client.socket_fd, .events = POLLIN}};
    size_t count = 0;
    for (size_t i = 0; i < p->blob_count && count < SIDE_BY_SIDE; i++) {
        if (p->blobs[i].step != PUSH_PACK)
            continue;
        packing[count++] = &p->blobs[i];
        wanted[count] = (struct pollfd){.fd = p->blobs[i].packer.pidfd, .events = POLLIN};
    }
    int ready = poll(wanted, count + 1, count > 0 ? PACK_REPORT_MS : -1);
    if (ready < 0)
        return errno == EINTR ? 0 : fail(failure, -errno, "waiting for the registry");
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        if (wanted[i + 1].revents)
            r = end_packing(p, packing[i], failure);
        else
            report(p, packing[i], TRANSFER_PACKING, push_pack_done(packing[i]), "");
    }
    return r == 0 && wanted[0].revents ? hear_registry(p, failure) : r;
}

/* The same blob twice in an image is asked for once. */
static const struct push_blob *find_same(const struct push *p, size_t position)
{
    for (size_t i = 0; i < position; i++)
        if (digest_equal(&p->blobs[i].descriptor->digest, &p->blobs[position].descriptor->digest))
            return &p->blobs[i];
    return NULL;
}

static int begin(struct push *p, size_t position, struct failure *failure)
{
    struct push_blob *b = &p->blobs[position];
    b->same = find_same(p, position);
    if (b->same) {
        finish(p, b, TRANSFER_EXISTS);
        return 0;
    }
    return b->sent.digest.hex[0] ? send(p, b, PUSH_HEAD, failure) : pack(p, b, failure);
}

int push_blobs(struct push *p, struct failure *failure)
{
    size_t next = 0, running = 0;
    int r = 0;
    for (size_t i = 0; i < p->blob_count; i++)
        report(p, &p->blobs[i], TRANSFER_WAITING, 0, "");
    while (r == 0) {
        for (; next < p->blob_count && running < SIDE_BY_SIDE && r == 0; next++) {
            r = begin(p, next, failure);
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
