/* SPDX-License-Identifier: Apache-2.0 */
/* distribution-spec 1.1 "Pull" and "Content Discovery". */
#include "fetch/fetcher.h"
#include "fetch/job.h"
#include "fetch/session.h"
#include "formats/http_field.h"
#include "formats/registry_document.h"
#include "kernel/file.h"

#include <errno.h>
#include <string.h>

#define PAGES_MAX 1000
#define PAGE_TAGS 1000

void job_done(struct exchange *x)
{
    struct job *j = x->owner;
    if (x->error != FETCH_OK) {
        job_fail(j, x);
        return;
    }
    const struct response *r = &x->response;
    j->reply.status = r->status;
    j->reply.digest = r->digest;
    memcpy(j->reply.media_type, r->media_type, sizeof(r->media_type));
    job_answer(j);
}

void job_start_ping(struct job *j)
{
    if (job_ask(j, EXCHANGE_GET, job_done, "%s", ""))
        job_begin(j);
}

static void head_done(struct exchange *x)
{
    struct job *j = x->owner;
    if (x->error == FETCH_OK && !x->response.has_length) {
        exchange_sentence(x, "%s does not say how large it is", x->endpoint.host);
        x->error = FETCH_PROTOCOL;
    }
    j->reply.size = x->error == FETCH_OK ? x->response.length : 0;
    job_done(x);
}

/* Also of a failure: a pipe keeps what was written. */
static void body_done(struct exchange *x)
{
    struct job *j = x->owner;
    j->reply.size = j->body.position;
    job_done(x);
}

void job_start_manifest(struct job *j)
{
    const struct fetch_request *r = &j->request;
    bool head = r->verb == FETCH_HEAD_MANIFEST;
    struct exchange *x = job_ask(j, head ? EXCHANGE_HEAD : EXCHANGE_GET, head ? head_done : body_done,
                                 "%s/manifests/%s", j->session->settings.repository, r->target);
    if (!x)
        return;
    autotext struct text accept = {0};
    for (size_t i = 0; i < r->accept.count; i++)
        text_printf(&accept, "%s%s", i > 0 ? ", " : "", r->accept.items[i]);
    if (!job_add_header(j, "Accept", text_peek(&accept)))
        return;
    j->body.limit = FETCH_MANIFEST_MAX;
    x->out = head ? NULL : &j->body;
    job_begin(j);
}

void job_start_get_blob(struct job *j)
{
    const struct fetch_request *r = &j->request;
    char digest[DIGEST_TEXT_LENGTH + 1];
    j->body.limit = r->size - r->offset;
    if (j->body.limit == 0) {
        job_answer(j);
        return;
    }
    off_t at = j->body.seekable ? lseek(j->fd, 0, SEEK_CUR) : 0;
    if (at < 0) {
        job_refuse(j, FETCH_LOCAL, "using the descriptor for a blob: %s", strerror(errno));
        return;
    }
    j->body.start = (uint64_t)at;
    struct exchange *x = job_ask(j, EXCHANGE_GET, body_done, "%s/blobs/%s", j->session->settings.repository,
                                 digest_write(&r->digest, digest));
    if (!x)
        return;
    x->out = &j->body;
    x->resume = true;
    x->offset = r->offset;
    x->size = r->size;
    job_begin(j);
}

void job_start_head_blob(struct job *j)
{
    char digest[DIGEST_TEXT_LENGTH + 1];
    if (job_ask(j, EXCHANGE_HEAD, head_done, "%s/blobs/%s", j->session->settings.repository,
                digest_write(&j->request.digest, digest)))
        job_begin(j);
}

static void tags_done(struct exchange *x);

static void ask_page(struct job *j, const char *url)
{
    struct exchange *x = url ? job_ask(j, EXCHANGE_GET, tags_done, "%s", url)
                             : job_ask(j, EXCHANGE_GET, tags_done, "%s/tags/list?n=%d",
                                       j->session->settings.repository, PAGE_TAGS);
    if (!x)
        return;
    x->document = &j->document;
    job_begin(j);
}

/* The next page's address, which must be the registry's own; NULL: there is none. */
static int next_page(struct exchange *x, char **ret_url)
{
    autofree char *target = NULL, *url = NULL;
    struct endpoint to;
    *ret_url = NULL;
    if (!x->response.link)
        return 0;
    int r = http_read_link_next(x->response.link, &target);
    if (r == -ENOENT)
        return 0;
    if (r == 0)
        r = endpoint_resolve(x->current, target, &url);
    if (r == 0)
        r = endpoint_parse(url, &to);
    if (r == 0 && !endpoint_same(&to, &x->session->origin))
        r = -EPERM;
    if (r == 0)
        *ret_url = TAKE_PTR(url);
    return r;
}

static void tell_tags(struct job *j)
{
    j->body.limit = FETCH_TAGS_MAX;
    if (!body_write(&j->body, text_peek(&j->lines), j->lines.length) || !body_flush(&j->body)) {
        job_refuse(j, FETCH_LOCAL, "writing the list of tags: %s",
                   strerror(j->body.error < 0 ? -j->body.error : EAGAIN));
        return;
    }
    j->reply.size = j->lines.length;
    job_answer(j);
}

static void tags_done(struct exchange *x)
{
    struct job *j = x->owner;
    autofree char *url = NULL;
    if (x->error != FETCH_OK) {
        job_fail(j, x);
        return;
    }
    j->reply.status = x->response.status;
    if (registry_tags_read(text_peek(&j->document), j->document.length, &j->lines) < 0) {
        exchange_sentence(x, "%s answers with something that is no list of tags", x->endpoint.host);
        x->error = FETCH_PROTOCOL;
    } else if (next_page(x, &url) < 0) {
        exchange_sentence(x, "%s names a next page that is not its own", x->endpoint.host);
        x->error = FETCH_PROTOCOL;
    } else if (j->lines.length > FETCH_TAGS_MAX || (url && ++j->pages > PAGES_MAX)) {
        exchange_sentence(x, "%s has more tags than are read here", x->endpoint.host);
        x->error = FETCH_TOO_LARGE;
    }
    if (x->error != FETCH_OK)
        job_fail(j, x);
    else if (url)
        ask_page(j, url);
    else
        tell_tags(j);
}

void job_start_tags(struct job *j)
{
    if (!j->body.seekable)
        job_refuse(j, FETCH_LOCAL, "a list of tags is written to a file");
    else
        ask_page(j, NULL);
}
