/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/exchange.h"

#include "base/text.h"
#include "fetch/fetcher.h"
#include "fetch/retry.h"
#include "fetch/session.h"
#include "fetch/token.h"

#include <errno.h>
#include <string.h>

struct exchange *exchange_new(struct fetcher *fetcher, struct session *session)
{
    struct exchange *x = calloc(1, sizeof(*x));
    if (!x)
        return NULL;
    x->fetcher = fetcher;
    x->session = session;
    x->retry_ms = -1;
    x->next = fetcher->exchanges;
    fetcher->exchanges = x;
    return x;
}

static void settle(struct exchange *x, enum fetch_error error)
{
    x->error = error;
    x->state = EXCHANGE_DONE;
    x->finish(x);
}

static void settle_no_memory(struct exchange *x)
{
    exchange_sentence(x, "there is no memory");
    settle(x, FETCH_LOCAL);
}

/* An attempt that failed gives what went through since it began the right to new ones. */
static uint32_t count_attempt(struct exchange *x)
{
    if (x->resume && x->out && x->out->position - x->attempt_start >= RETRY_PROGRESS_BYTES)
        x->attempt = 1;
    return x->attempt;
}

static bool can_repeat(const struct exchange *x)
{
    bool out = !x->out || x->resume || x->out->seekable || x->out->position == 0;
    bool in = !x->in || x->in->seekable || x->in->position == 0;
    return out && in;
}

/* Tries again later, or ends with the sentence that is there. */
static void try_again(struct exchange *x, const struct verdict *v)
{
    const struct response *r = &x->response;
    uint32_t allowed = session_attempts(x->session);
    struct retry_facts facts = {
        .attempt = count_attempt(x),
        .attempts = v->attempts > 0 && v->attempts < allowed ? v->attempts : allowed,
        .status = x->started ? r->status : 0,
        .broken = v->broken,
        .has_retry_after = x->started && r->has_retry_after,
        .retry_after = r->retry_after,
        .random = fetcher_random(x->fetcher),
    };
    int64_t wait = can_repeat(x) || x->single ? retry_decide(&facts) : -1;
    if (wait < 0 || x->single) {
        x->retry_ms = wait;
        settle(x, v->error);
        return;
    }
    x->attempt++;
    x->state = EXCHANGE_WAITING;
    x->due_ms = x->fetcher->now_ms + (uint64_t)wait;
    (void)snprintf(x->why_waiting, sizeof(x->why_waiting), "%s",
                   v->error == FETCH_RATE_LIMITED ? "the registry's rate limit"
                                                  : x->text + strlen(x->doing) + 2);
    exchange_make_sendable(x->why_waiting);
}

static void launch(struct exchange *x)
{
    bool ready = (!x->out || x->resume || body_rewind(x->out, 0)) && (!x->in || body_rewind(x->in, 0));
    if (!ready) {
        exchange_sentence(x, "it had to begin anew, and what is given cannot be read or written twice");
        settle(x, FETCH_NETWORK);
        return;
    }
    if (x->document)
        text_free(x->document);
    x->attempt_start = x->out ? x->out->position : 0;
    if (exchange_start(x) < 0) {
        exchange_stop(x);
        settle_no_memory(x);
    }
}

/* The URL is known: what has to go with it? */
static void aim(struct exchange *x)
{
    struct session *s = x->session;
    x->token = NULL;
    if (endpoint_parse(x->current, &x->endpoint) < 0) {
        exchange_sentence(x, "%.200s is no address that can be asked", x->current);
        settle(x, FETCH_PROTOCOL);
        return;
    }
    if (x->asks_token || s->auth != SESSION_AUTH_BEARER || !endpoint_same(&x->endpoint, &s->origin)) {
        launch(x);
        return;
    }
    x->token = token_get(x->fetcher, s, &x->scopes);
    if (!x->token) {
        settle_no_memory(x);
        return;
    }
    x->token_generation = x->token->generation;
    if (x->token->value)
        launch(x);
    else
        x->state = EXCHANGE_TOKEN;
}

void exchange_token_done(struct exchange *x, const struct exchange *why)
{
    if (!why) {
        x->token_generation = x->token->generation;
        launch(x);
        return;
    }
    memcpy(x->text, why->text, sizeof(x->text));
    x->response.status = why->response.status;
    x->response.has_retry_after = why->response.has_retry_after;
    x->response.retry_after = why->response.retry_after;
    x->token = NULL;
    settle(x, why->error);
}

static void begin_attempt(struct exchange *x)
{
    free(x->current);
    x->current = strdup(x->url);
    x->redirects = 0;
    if (x->current)
        aim(x);
    else
        settle_no_memory(x);
}

void exchange_begin(struct exchange *x)
{
    x->attempt = x->attempt > 0 ? x->attempt : 1;
    x->state = x->delay_ms > 0 ? EXCHANGE_WAITING : EXCHANGE_NEW;
    x->due_ms = x->fetcher->now_ms + x->delay_ms;
}

static bool redirects_here(const struct exchange *x)
{
    uint32_t status = x->response.status;
    bool reads = x->method == EXCHANGE_GET || x->method == EXCHANGE_HEAD;
    return status == 307 || status == 308 || (reads && (status == 301 || status == 302 || status == 303));
}

static void redirect(struct exchange *x)
{
    struct endpoint to;
    const char *reason = "that is no address of a web server";
    autofree char *url = NULL;
    if (x->redirects++ == EXCHANGE_REDIRECTS_MAX) {
        exchange_sentence(x, "it was sent on more than %d times", EXCHANGE_REDIRECTS_MAX);
    } else if (!x->response.location) {
        exchange_sentence(x, "%s sends on (%u) without saying where to", x->endpoint.host,
                          x->response.status);
    } else if (x->form) {
        exchange_sentence(x, "%s sends on to another place, where the identity token will not be sent",
                          x->endpoint.host);
    } else if (endpoint_resolve(x->current, x->response.location, &url) < 0 || endpoint_parse(url, &to) < 0 ||
               endpoint_check_redirect(&x->endpoint, &to, x->session->local, &reason) < 0) {
        exchange_sentence(x, "%s sends on to %.200s: %s", x->endpoint.host, x->response.location, reason);
    } else {
        free(x->current);
        x->current = TAKE_PTR(url);
        aim(x);
        return;
    }
    settle(x, FETCH_PROTOCOL);
}

/* 401 of the registry: once without a token, once because the token was too old. */
static void answer_challenge(struct exchange *x, const struct verdict *v)
{
    const struct auth_challenge *challenge = &x->response.challenge;
    const char *reason = "how to log in there cannot be understood";
    bool origin = endpoint_same(&x->endpoint, &x->session->origin);
    bool basic_refused = x->authorized && !x->token;
    bool nothing_to_say = !challenge->bearer && x->session->settings.credentials != FETCH_PASSWORD;
    bool not_enough = x->token && challenge->error && streq(challenge->error, "insufficient_scope");
    if (x->asks_token || !origin || !x->response.has_challenge || basic_refused ||
        (challenge->basic && nothing_to_say) || not_enough || x->challenges == EXCHANGE_CHALLENGES_MAX) {
        settle(x, v->error);
        return;
    }
    x->challenges++;
    if (x->token && x->token_generation == x->token->generation)
        token_forget(x->token);
    if ((x->response.bad_challenge && !challenge->bearer && !challenge->basic) ||
        token_learn(x->session, challenge, &reason) < 0) {
        exchange_sentence(x, "%s wants a login: %s", x->endpoint.host, reason);
        settle(x, FETCH_PROTOCOL);
        return;
    }
    aim(x);
}

void exchange_complete(struct exchange *x, CURLcode code)
{
    exchange_stop(x);
    struct verdict v = exchange_judge(x, code);
    if (v.error == FETCH_OK && x->out && !body_flush(x->out) && x->out->error == 0) {
        x->state = EXCHANGE_DRAINING;
        return;
    }
    if (v.error == FETCH_OK && x->out && x->out->error < 0)
        v = exchange_judge(x, CURLE_WRITE_ERROR);
    if (v.error == FETCH_OK)
        settle(x, FETCH_OK);
    else if (x->started && redirects_here(x))
        redirect(x);
    else if (x->started && x->response.status == 401)
        answer_challenge(x, &v);
    else
        try_again(x, &v);
}

static void drain(struct exchange *x)
{
    if (body_flush(x->out))
        settle(x, FETCH_OK);
    else if (x->out->error < 0)
        settle(x, exchange_judge(x, CURLE_WRITE_ERROR).error);
}

void exchange_tick(struct exchange *x)
{
    bool waits = x->state == EXCHANGE_NEW || x->state == EXCHANGE_WAITING;
    if (waits && x->due_ms <= x->fetcher->now_ms)
        begin_attempt(x);
    else if (x->state == EXCHANGE_DRAINING)
        drain(x);
}

void exchange_resume(struct exchange *x)
{
    if (x->state != EXCHANGE_ACTIVE || !x->paused)
        return;
    if (x->out && x->out->waiting && !body_flush(x->out) && x->out->error == 0)
        return;
    x->paused = false;
    (void)curl_easy_pause(x->easy, CURLPAUSE_CONT); /* what fails is told by curl_multi_info_read() */
}

uint64_t exchange_due(const struct exchange *x)
{
    return x->state == EXCHANGE_NEW || x->state == EXCHANGE_WAITING ? x->due_ms : UINT64_MAX;
}

void exchange_free(struct exchange *x)
{
    if (!x || x->state == EXCHANGE_DEAD)
        return;
    exchange_stop(x);
    response_reset(&x->response);
    if (x->form)
        explicit_bzero(x->form, strlen(x->form));
    char *const owned[] = {x->form, x->url, x->current, x->doing};
    for (size_t i = 0; i < ARRAY_SIZE(owned); i++)
        free(owned[i]);
    strings_free(&x->headers);
    strings_free(&x->scopes);
    *x = (struct exchange){.state = EXCHANGE_DEAD, .next = x->next};
}
