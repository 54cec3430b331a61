/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/job.h"

#include "fetch/fetcher.h"
#include "fetch/session.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define PROGRESS_MS 200 /* five a second */

static const struct {
    void (*start)(struct job *);
    bool needs_repository;
} verbs[FETCH_VERB_COUNT] = {
    [FETCH_PING] = {job_start_ping, false},
    [FETCH_GET_MANIFEST] = {job_start_manifest, true},
    [FETCH_HEAD_MANIFEST] = {job_start_manifest, true},
    [FETCH_GET_BLOB] = {job_start_get_blob, true},
    [FETCH_HEAD_BLOB] = {job_start_head_blob, true},
    [FETCH_MOUNT_BLOB] = {job_start_mount, true},
    [FETCH_PUT_BLOB] = {job_start_put_blob, true},
    [FETCH_PUT_MANIFEST] = {job_start_put_manifest, true},
    [FETCH_LIST_TAGS] = {job_start_tags, true},
};

struct job *job_new(struct fetcher *fetcher, struct fetch_request *request, int fd)
{
    struct job *j = calloc(1, sizeof(*j));
    if (!j)
        return NULL;
    j->fetcher = fetcher;
    j->request = *request;
    *request = (struct fetch_request){0};
    j->fd = fd;
    j->body = (struct body){.fd = -EBADF};
    j->reply = (struct fetch_reply){.kind = FETCH_ANSWER, .id = j->request.id};
    j->progress = (struct fetch_reply){.kind = FETCH_PROGRESS, .id = j->request.id};
    j->next = fetcher->jobs;
    fetcher->jobs = j;
    j->session = fetcher_find_session(fetcher, j->request.session);
    enum fetch_verb verb = j->request.verb;
    int r = j->session && fd >= 0 ? body_open(&j->body, fd) : 0;
    if (!j->session)
        job_refuse(j, FETCH_PROTOCOL, "there is no session %u", j->request.session);
    else if (j->session->broken[0] != '\0')
        job_refuse(j, FETCH_LOCAL, "%s", j->session->broken);
    else if (verbs[verb].needs_repository && !j->session->settings.repository)
        job_refuse(j, FETCH_PROTOCOL, "the session %u names no repository", j->request.session);
    else if (r < 0)
        job_refuse(j, FETCH_LOCAL, "using the descriptor for %s: %s", fetch_verb_name(verb), strerror(-r));
    else
        verbs[verb].start(j);
    return j;
}

static void end_exchange(struct job *j)
{
    exchange_free(j->exchange);
    j->exchange = NULL;
}

void job_answer(struct job *j)
{
    end_exchange(j);
    j->answered = true;
}

void job_refuse(struct job *j, enum fetch_error error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(j->reply.text, sizeof(j->reply.text), format,
                    args); /* a cut sentence is still a sentence */
    va_end(args);
    j->reply.error = error;
    job_answer(j);
}

void job_fail(struct job *j, const struct exchange *x)
{
    j->reply.error = x->error;
    j->reply.status = x->response.status;
    j->reply.wait_seconds = x->response.has_retry_after ? x->response.retry_after : 0;
    memcpy(j->reply.text, x->text, sizeof(j->reply.text));
    job_answer(j);
}

void job_cancel(struct job *j)
{
    if (!j->answered)
        job_refuse(j, FETCH_CANCELLED, "it was cancelled");
}

static void describe_progress(const struct job *j, struct fetch_reply *p)
{
    const struct exchange *x = j->exchange;
    *p = (struct fetch_reply){.kind = FETCH_PROGRESS, .id = j->request.id, .state = FETCH_CONNECTING};
    p->bytes = j->request.offset + j->sent + (j->request.verb == FETCH_PUT_BLOB ? 0 : j->body.position);
    if (!x)
        return;
    if (x->in)
        p->bytes += x->in->position;
    if (x->state == EXCHANGE_WAITING && x->due_ms > j->fetcher->now_ms) {
        p->state = FETCH_WAITING;
        p->wait_seconds = (uint32_t)((x->due_ms - j->fetcher->now_ms + 999) / 1000);
        memcpy(p->text, x->why_waiting, strlen(x->why_waiting) + 1);
    } else if (x->started || (x->in && x->in->position > 0)) {
        p->state = FETCH_TRANSFERRING;
    }
}

static void tell_progress(struct job *j)
{
    struct fetch_reply now;
    if (j->progress_due_ms > j->fetcher->now_ms || !j->exchange)
        return;
    describe_progress(j, &now);
    bool news = now.state != j->progress.state || now.bytes != j->progress.bytes ||
                now.wait_seconds != j->progress.wait_seconds;
    if (!news)
        return;
    if (channel_send(&j->fetcher->channel, &now) < 0)
        return; /* the engine is busy: the next one says the same and more */
    j->progress = now;
    j->progress_due_ms = j->fetcher->now_ms + PROGRESS_MS;
}

bool job_tell(struct job *j)
{
    if (!j->answered) {
        tell_progress(j);
        return false;
    }
    int r = channel_send(&j->fetcher->channel, &j->reply);
    if (r != -EINVAL)
        return r != -EAGAIN && r != -ENOMEM;
    /* A sentence that no message can hold: what matters is that an answer comes. */
    j->reply = (struct fetch_reply){.kind = FETCH_ANSWER,
                                    .id = j->request.id,
                                    .error = FETCH_PROTOCOL,
                                    .text = "an answer that cannot be told"};
    return channel_send(&j->fetcher->channel, &j->reply) != -EAGAIN;
}

uint64_t job_due(const struct job *j)
{
    if (j->answered) /* not sent yet: the engine reads slowly */
        return j->fetcher->now_ms + PROGRESS_MS;
    bool moves =
        j->exchange && (j->exchange->state == EXCHANGE_ACTIVE || j->exchange->state == EXCHANGE_WAITING);
    if (!moves)
        return UINT64_MAX;
    return j->progress_due_ms > j->fetcher->now_ms ? j->progress_due_ms : j->fetcher->now_ms + PROGRESS_MS;
}

void job_free(struct job *j)
{
    end_exchange(j);
    body_close(&j->body);
    if (j->fd >= 0)
        (void)close(j->fd); /* the engine sees to what was written */
    fetch_request_free(&j->request);
    text_free(&j->document);
    text_free(&j->lines);
    free(j->location);
    free(j);
}

static char *describe(const struct job *j)
{
    const struct fetch_request *r = &j->request;
    const struct fetch_session *s = &j->session->settings;
    const char *digest = r->digest.hex, *name = s->repository;
    char *doing = NULL;
    int n = -1;
    switch (r->verb) {
    case FETCH_PING:
        n = asprintf(&doing, "asking the registry %s", s->host);
        break;
    case FETCH_GET_MANIFEST:
    case FETCH_HEAD_MANIFEST:
        n = asprintf(&doing, "getting the manifest %s%s%s from %s", name, strchr(r->target, ':') ? "@" : ":",
                     r->target, s->host);
        break;
    case FETCH_GET_BLOB:
    case FETCH_HEAD_BLOB:
        n = asprintf(&doing, "getting the blob %.12s of %s from %s", digest, name, s->host);
        break;
    case FETCH_MOUNT_BLOB:
        n = asprintf(&doing, "taking the blob %.12s over from %s to %s at %s", digest, r->from, name,
                     s->host);
        break;
    case FETCH_PUT_BLOB:
        n = asprintf(&doing, "pushing the blob %.12s of %s to %s", digest, name, s->host);
        break;
    case FETCH_PUT_MANIFEST:
        n = asprintf(&doing, "pushing the manifest %s%s%s to %s", name, strchr(r->target, ':') ? "@" : ":",
                     r->target, s->host);
        break;
    case FETCH_LIST_TAGS:
        n = asprintf(&doing, "listing the tags of %s at %s", name, s->host);
        break;
    case FETCH_SESSION:
    case FETCH_END_SESSION:
    case FETCH_CANCEL:
    case FETCH_VERB_COUNT:
        break;
    }
    return n < 0 ? NULL : doing;
}

static int add_scope(const struct job *j, struct exchange *x)
{
    const struct fetch_session *s = &j->session->settings;
    if (j->request.verb == FETCH_PING)
        return 0;
    int r = strings_addf(&x->scopes, "repository:%s:%s", s->repository, s->push ? "pull,push" : "pull");
    if (r == 0 && j->request.from && !streq(j->request.from, s->repository))
        r = strings_addf(&x->scopes, "repository:%s:pull", j->request.from);
    return r;
}

struct exchange *job_ask(struct job *j, enum exchange_method method, void (*finish)(struct exchange *),
                         const char *path_format, ...)
{
    end_exchange(j);
    struct exchange *x = exchange_new(j->fetcher, j->session);
    autofree char *path = NULL;
    va_list args;
    va_start(args, path_format);
    if (vasprintf(&path, path_format, args) < 0)
        path = NULL;
    va_end(args);
    if (x && path) {
        x->owner = j;
        x->method = method;
        x->finish = finish;
        x->doing = describe(j);
        bool absolute = strstr(path, "://") != NULL;
        if (asprintf(&x->url, "%s%s%s", absolute ? "" : j->session->base, absolute ? "" : "/v2/", path) < 0)
            x->url = NULL;
    }
    if (!x || !path || !x->doing || !x->url || add_scope(j, x) < 0) {
        exchange_free(x);
        job_refuse(j, FETCH_LOCAL, "there is no memory");
        return NULL;
    }
    j->exchange = x;
    return x;
}

void job_begin(struct job *j)
{
    exchange_begin(j->exchange);
}

bool job_add_header(struct job *j, const char *name, const char *value)
{
    if (strings_addf(&j->exchange->headers, "%s: %s", name, value) == 0)
        return true;
    job_refuse(j, FETCH_LOCAL, "there is no memory");
    return false;
}
