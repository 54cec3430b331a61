/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The program's state and its loop: one thread (and those in which libcurl looks names up), everything else
 * by events. */
#include "fetch/channel.h"
#include "fetch/exchange.h"
#include "fetch/session.h"

struct job;

struct fetcher {
    CURLM *multi;
    struct channel channel;
    const char *system_ca; /* file; NULL: there is none */
    struct session sessions[FETCH_SESSIONS_MAX];
    struct job *jobs;           /* requests that are not answered yet */
    struct exchange *exchanges; /* of the jobs and of tokens */
    uint64_t now_ms;            /* CLOCK_MONOTONIC at the beginning of the turn */
};

/* Until the engine closes the channel: 0; or it said something that is no request: -EBADMSG. */
int fetcher_run(struct fetcher *f, struct failure *failure) must_check;
void fetcher_free(struct fetcher *f);

/* NULL: no such session. */
struct session *fetcher_find_session(struct fetcher *f, uint32_t id);
uint32_t fetcher_random(struct fetcher *f);
/* For whoever waits for the token or uses it. */
void fetcher_token_done(struct fetcher *f, struct token *token, const struct exchange *why);
void fetcher_token_gone(struct fetcher *f, const struct token *token);
