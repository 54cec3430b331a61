/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/fetcher.h"

#include "base/clock.h"
#include "fetch/job.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>

#define IDLE_MS 60000
#define RECEIVE_AT_ONCE 16 /* requests a turn, so that transfers are not kept waiting by them */

uint32_t fetcher_random(struct fetcher *f)
{
    uint32_t value = (uint32_t)f->now_ms;
    (void)!getrandom(&value, sizeof(value), GRND_NONBLOCK); /* it is only a jitter */
    return value;
}

struct session *fetcher_find_session(struct fetcher *f, uint32_t id)
{
    for (size_t i = 0; i < FETCH_SESSIONS_MAX && id != 0; i++)
        if (f->sessions[i].id == id)
            return &f->sessions[i];
    return NULL;
}

void fetcher_token_done(struct fetcher *f, struct token *token, const struct exchange *why)
{
    for (struct exchange *x = f->exchanges; x; x = x->next)
        if (x->state == EXCHANGE_TOKEN && x->token == token)
            exchange_token_done(x, why);
}

void fetcher_token_gone(struct fetcher *f, const struct token *token)
{
    for (struct exchange *x = f->exchanges; x; x = x->next)
        if (x->token == token)
            x->token = NULL;
}

static void open_session(struct fetcher *f, struct fetch_request *request, int ca_fd)
{
    struct session *place = NULL;
    for (size_t i = 0; i < FETCH_SESSIONS_MAX && !place; i++)
        if (f->sessions[i].id == 0)
            place = &f->sessions[i];
    struct failure failure = {0};
    uint32_t id = request->session;
    if (!place || fetcher_find_session(f, id)) /* then there is none, which its requests are told */
        return;
    if (session_open(place, request, ca_fd, f->system_ca, &failure) < 0) {
        session_close(f, place);
        place->id = id;
        (void)snprintf(place->broken, sizeof(place->broken), "%s", failure.text);
    }
}

static void end_session(struct fetcher *f, uint32_t id)
{
    struct session *s = fetcher_find_session(f, id);
    if (!s)
        return;
    for (struct job *j = f->jobs; j; j = j->next)
        if (j->session == s) {
            job_cancel(j);
            j->session = NULL;
        }
    session_close(f, s);
}

static void cancel(struct fetcher *f, uint32_t id)
{
    for (struct job *j = f->jobs; j; j = j->next)
        if (j->request.id == id)
            job_cancel(j);
}

static bool has_room(const struct fetcher *f)
{
    size_t count = 0;
    for (const struct job *j = f->jobs; j; j = j->next)
        count++;
    return count < 2 * FETCH_REQUESTS_MAX; /* answers that were not read count too */
}

static int take_request(struct fetcher *f, struct fetch_request *request, int fd)
{
    autoclose int owned = fd;
    switch (request->verb) {
    case FETCH_SESSION:
        open_session(f, request, owned);
        return 0;
    case FETCH_END_SESSION:
        end_session(f, request->session);
        return 0;
    case FETCH_CANCEL:
        cancel(f, request->id);
        return 0;
    case FETCH_PING:
    case FETCH_GET_MANIFEST:
    case FETCH_HEAD_MANIFEST:
    case FETCH_GET_BLOB:
    case FETCH_HEAD_BLOB:
    case FETCH_MOUNT_BLOB:
    case FETCH_PUT_BLOB:
    case FETCH_PUT_MANIFEST:
    case FETCH_LIST_TAGS:
    case FETCH_VERB_COUNT:
        break;
    }
    if (!has_room(f) || !job_new(f, request, owned))
        return -ENOBUFS;
    owned = -EBADF;
    return 0;
}

static int receive(struct fetcher *f)
{
    for (unsigned i = 0; i < RECEIVE_AT_ONCE; i++) {
        autofetchrequest struct fetch_request request = {0};
        int fd = -EBADF;
        int r = channel_receive(&f->channel, &request, &fd);
        if (r > 0)
            r = take_request(f, &request, fd) < 0 ? -ENOBUFS : 1;
        if (r <= 0)
            return r;
    }
    return 0;
}

static void drive(struct fetcher *f)
{
    int running, left;
    for (struct exchange *x = f->exchanges; x; x = x->next)
        exchange_tick(x);
    (void)curl_multi_perform(f->multi, &running); /* fails only for want of memory: transfers time out */
    for (CURLMsg *m; (m = curl_multi_info_read(f->multi, &left));) {
        char *exchange = NULL;
        CURLcode code = m->data.result;
        if (m->msg == CURLMSG_DONE &&
            curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &exchange) == CURLE_OK)
            exchange_complete((struct exchange *)(void *)exchange, code);
    }
}

static void tell(struct fetcher *f)
{
    for (struct job **at = &f->jobs; *at;) {
        struct job *j = *at;
        if (job_tell(j)) {
            *at = j->next;
            job_free(j);
        } else {
            at = &j->next;
        }
    }
}

static void sweep(struct fetcher *f)
{
    for (struct exchange **at = &f->exchanges; *at;) {
        struct exchange *x = *at;
        if (x->state == EXCHANGE_DEAD) {
            *at = x->next;
            free(x);
        } else {
            at = &x->next;
        }
    }
}

/* Whose pipe is waited for, and how. */
static const struct body *waited(const struct exchange *x, short *ret_events)
{
    bool active = x->state == EXCHANGE_ACTIVE && x->paused;
    *ret_events = POLLOUT;
    if (x->out && x->out->waiting && (active || x->state == EXCHANGE_DRAINING))
        return x->out;
    *ret_events = POLLIN;
    return active && x->in && x->in->waiting ? x->in : NULL;
}

struct watch {
    struct curl_waitfd fds[1 + 2 * FETCH_REQUESTS_MAX];
    struct exchange *exchanges[1 + 2 * FETCH_REQUESTS_MAX];
    unsigned count;
    int timeout_ms;
};

static void watch_make(const struct fetcher *f, struct watch *w)
{
    uint64_t due = f->now_ms + IDLE_MS;
    w->fds[0] = (struct curl_waitfd){.fd = f->channel.fd, .events = CURL_WAIT_POLLIN};
    w->count = 1;
    for (struct exchange *x = f->exchanges; x; x = x->next) {
        short events;
        const struct body *b = waited(x, &events);
        if (b && w->count < ARRAY_SIZE(w->fds)) {
            w->fds[w->count] = (struct curl_waitfd){
                .fd = b->fd, .events = events == POLLIN ? CURL_WAIT_POLLIN : CURL_WAIT_POLLOUT};
            w->exchanges[w->count++] = x;
        }
        uint64_t next = exchange_due(x);
        due = next < due ? next : due;
    }
    for (const struct job *j = f->jobs; j; j = j->next) {
        uint64_t next = job_due(j);
        due = next < due ? next : due;
    }
    w->timeout_ms = due > f->now_ms ? (int)(due - f->now_ms) : 0;
}

static int turn(struct fetcher *f)
{
    struct watch w;
    f->now_ms = (uint64_t)clock_now_ms();
    int r = receive(f);
    if (r < 0)
        return r;
    drive(f);
    tell(f);
    sweep(f);
    watch_make(f, &w);
    if (curl_multi_poll(f->multi, w.fds, w.count, w.timeout_ms, NULL) != CURLM_OK)
        return -ENOMEM;
    for (unsigned i = 1; i < w.count; i++)
        if (w.fds[i].revents != 0)
            exchange_resume(w.exchanges[i]);
    return 0;
}

int fetcher_run(struct fetcher *f, struct failure *failure)
{
    int r;
    do
        r = turn(f);
    while (r == 0);
    if (r == -ENOTCONN)
        return 0;
    return fail(failure, r, r == -EBADMSG ? "reading a request of the engine's" : "going on");
}

void fetcher_free(struct fetcher *f)
{
    while (f->jobs) {
        struct job *j = f->jobs;
        f->jobs = j->next;
        job_free(j);
    }
    for (size_t i = 0; i < FETCH_SESSIONS_MAX; i++)
        if (f->sessions[i].id != 0)
            session_close(f, &f->sessions[i]);
    sweep(f);
    if (f->multi)
        (void)curl_multi_cleanup(f->multi); /* nothing is in it any more */
}
