/* SPDX-License-Identifier: Apache-2.0 */
/* distribution-spec 1.1 "Push": a blob is begun with a POST, which names the place where it goes on, and
 * ended with a PUT there that says the digest; between them all bytes go in the PUT, or in a PATCH each
 * chunk. */
#include "fetch/fetcher.h"
#include "fetch/job.h"
#include "fetch/session.h"

#include <errno.h>
#include <string.h>

static void upload_begin(struct job *j, uint64_t delay_ms);
static void chunk_send(struct job *j);

static void job_protocol(struct job *j, struct exchange *x, const char *what)
{
    exchange_sentence(x, "%s %s", x->endpoint.host, what);
    x->error = FETCH_PROTOCOL;
    job_fail(j, x);
}

/* The answer's Location becomes the place where the upload goes on. */
static bool take_location(struct job *j, struct exchange *x)
{
    autofree char *url = NULL;
    struct endpoint to;
    const char *reason = "that is no address of a web server";
    if (!x->response.location) {
        job_protocol(j, x, "does not say where the upload goes on");
        return false;
    }
    if (endpoint_resolve(x->current, x->response.location, &url) < 0 || endpoint_parse(url, &to) < 0 ||
        endpoint_check_redirect(&x->endpoint, &to, j->session->local, &reason) < 0) {
        exchange_sentence(x, "%s wants the upload at %.200s: %s", x->endpoint.host, x->response.location,
                          reason);
        x->error = FETCH_PROTOCOL;
        job_fail(j, x);
        return false;
    }
    free(j->location);
    j->location = TAKE_PTR(url);
    return true;
}

/* The whole upload from its beginning, when that makes sense. */
static void upload_again(struct job *j, struct exchange *x)
{
    if (x->retry_ms < 0 || !j->body.seekable) {
        job_fail(j, x);
        return;
    }
    j->attempt++;
    upload_begin(j, (uint64_t)x->retry_ms);
}

static void commit_done(struct exchange *x)
{
    struct job *j = x->owner;
    if (x->error != FETCH_OK) {
        upload_again(j, x);
        return;
    }
    j->reply.size = j->request.size;
    job_done(x);
}

/* The last PUT, with the bytes that are still to be sent (`whole`) or none. */
static void commit(struct job *j, bool whole)
{
    char digest[DIGEST_TEXT_LENGTH + 1];
    struct exchange *x =
        job_ask(j, EXCHANGE_PUT, commit_done, "%s%sdigest=%s", j->location,
                strchr(j->location, '?') ? "&" : "?", digest_write(&j->request.digest, digest));
    if (!x)
        return;
    if (whole) {
        j->body.limit = j->request.size;
        j->body.position = j->body.seekable ? 0 : j->body.position;
        x->in = &j->body;
        if (!job_add_header(j, "Content-Type", "application/octet-stream"))
            return;
    }
    x->single = true;
    x->attempt = j->attempt;
    job_begin(j);
}

static void status_done(struct exchange *x)
{
    struct job *j = x->owner;
    if (x->error != FETCH_OK) {
        job_fail(j, x);
        return;
    }
    uint64_t there = x->response.has_upload_range ? x->response.upload_size : 0;
    if (there > j->request.size || (!j->body.seekable && there != j->sent)) {
        job_protocol(j, x, "has other bytes of the upload than were sent");
        return;
    }
    j->sent = there;
    if (!x->response.location || take_location(j, x))
        chunk_send(j);
}

/* How far is it? */
static void status_ask(struct job *j, int64_t delay_ms)
{
    struct exchange *x = job_ask(j, EXCHANGE_GET, status_done, "%s", j->location);
    if (!x)
        return;
    x->delay_ms = delay_ms > 0 ? (uint64_t)delay_ms : 0;
    job_begin(j);
}

static void chunk_done(struct exchange *x)
{
    struct job *j = x->owner;
    bool lost = x->error == FETCH_OK && x->response.status == 416;
    if (x->error == FETCH_OK && !lost) {
        j->sent += j->part;
        if (j->sent > j->farthest) { /* else a registry could keep us going back and forth */
            j->farthest = j->sent;
            j->attempt = 1;
        }
        if (!x->response.location || take_location(j, x))
            chunk_send(j);
        return;
    }
    bool again = (lost || x->retry_ms >= 0) && j->attempt < session_attempts(j->session) &&
                 (j->body.seekable || j->body.position == 0);
    if (again) {
        j->attempt++;
        status_ask(j, x->retry_ms);
    } else if (lost) {
        job_protocol(j, x, "says again and again that it is elsewhere in the upload (416)");
    } else {
        job_fail(j, x);
    }
}

static void chunk_send(struct job *j)
{
    uint64_t left = j->request.size - j->sent;
    if (left == 0) {
        commit(j, false);
        return;
    }
    j->part = left < j->request.chunk_size ? left : j->request.chunk_size;
    struct exchange *x = job_ask(j, EXCHANGE_PATCH, chunk_done, "%s", j->location);
    char range[64];
    (void)snprintf(range, sizeof(range), "%llu-%llu", (unsigned long long)j->sent,
                   (unsigned long long)(j->sent + j->part - 1)); /* fits */
    if (!x || !job_add_header(j, "Content-Range", range) ||
        !job_add_header(j, "Content-Type", "application/octet-stream"))
        return;
    j->body.start = j->body.seekable ? j->sent : 0;
    j->body.position = 0;
    j->body.limit = j->part;
    x->in = &j->body;
    x->single = true;
    x->take_416 = true;
    x->attempt = j->attempt;
    job_begin(j);
}

static void upload_begun(struct exchange *x)
{
    struct job *j = x->owner;
    if (x->error != FETCH_OK)
        job_fail(j, x);
    else if (!take_location(j, x))
        return;
    else if (j->request.chunk_size > 0)
        chunk_send(j);
    else
        commit(j, true);
}

static void upload_begin(struct job *j, uint64_t delay_ms)
{
    j->sent = 0;
    struct exchange *x =
        job_ask(j, EXCHANGE_POST, upload_begun, "%s/blobs/uploads/", j->session->settings.repository);
    if (!x)
        return;
    x->delay_ms = delay_ms;
    job_begin(j);
}

void job_start_put_blob(struct job *j)
{
    j->attempt = 1;
    upload_begin(j, 0);
}

static void mount_done(struct exchange *x)
{
    struct job *j = x->owner;
    j->reply.mounted = x->error == FETCH_OK && x->response.status == 201;
    job_done(x);
}

void job_start_mount(struct job *j)
{
    char digest[DIGEST_TEXT_LENGTH + 1];
    if (job_ask(j, EXCHANGE_POST, mount_done, "%s/blobs/uploads/?mount=%s&from=%s",
                j->session->settings.repository, digest_write(&j->request.digest, digest), j->request.from))
        job_begin(j);
}

static void put_manifest_done(struct exchange *x)
{
    struct job *j = x->owner;
    j->reply.size = x->error == FETCH_OK ? j->request.size : 0;
    job_done(x);
}

void job_start_put_manifest(struct job *j)
{
    struct exchange *x = job_ask(j, EXCHANGE_PUT, put_manifest_done, "%s/manifests/%s",
                                 j->session->settings.repository, j->request.target);
    if (!x || !job_add_header(j, "Content-Type", j->request.media_type))
        return;
    j->body.limit = j->request.size;
    x->in = &j->body;
    job_begin(j);
}
