/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One question to a registry until it is answered: redirects, tokens, attempts and waiting included. */
#include "base/strings.h"
#include "fetch/body.h"
#include "fetch/endpoint.h"
#include "fetch/response.h"

#include <curl/curl.h>

struct fetcher;
struct session;
struct token;

#define EXCHANGE_REDIRECTS_MAX 10
#define EXCHANGE_CHALLENGES_MAX 2 /* a missing token, then one that is too old */

enum exchange_method { EXCHANGE_GET, EXCHANGE_HEAD, EXCHANGE_POST, EXCHANGE_PUT, EXCHANGE_PATCH };

enum exchange_state {
    EXCHANGE_NEW,
    EXCHANGE_WAITING,  /* until due_ms */
    EXCHANGE_TOKEN,    /* until `token` is there */
    EXCHANGE_ACTIVE,   /* libcurl has it */
    EXCHANGE_DRAINING, /* complete, and a pipe is still full */
    EXCHANGE_DONE,
    EXCHANGE_DEAD, /* freed; the fetcher takes it off its list at the end of the turn */
};

struct exchange {
    /* What the owner asks for; nothing of it is changed here but url, bodies and document. */
    enum exchange_method method;
    struct session *session;
    char *url;              /* owned */
    char *doing;            /* owned: "getting the manifest a/b:1 from registry.example" */
    struct strings headers; /* owned: "Accept: .." */
    struct strings scopes;  /* owned: "repository:a/b:pull"; none: for nothing in particular */
    struct body *in, *out;  /* lent, or NULL: what is sent and what a good answer brings */
    bool resume;            /* `out`: go on with Range; else it begins anew at each attempt */
    uint64_t offset;        /* resume: of out's first byte in the content, whose whole size is .. */
    uint64_t size;          /* .. this */
    struct text *document;  /* lent, or NULL: a good answer's body of at most REGISTRY_PAGE_MAX */
    char *form;             /* owned: the body of a POST that asks for a token; carries a secret */
    bool asks_token;        /* goes to a realm: with the credentials as Basic, and no challenge is followed */
    bool single;            /* one attempt; retry_ms says whether another would make sense */
    uint32_t attempt;       /* of the owner's counting, 0 = 1 */
    uint64_t delay_ms;      /* before the first attempt */
    void (*finish)(struct exchange *x); /* once; may free it with exchange_free() */
    void *owner;

    /* The outcome, for finish(). error FETCH_OK: an answer with 2xx or 416 (`take_416`). */
    enum fetch_error error;
    char text[FAILURE_TEXT_SIZE]; /* the sentence of an error */
    int64_t retry_ms;             /* single: when to try again; -1: not at all */
    bool take_416;                /* an upload's: "that is not where I am" is an answer */
    struct response response;

    /* Machinery. */
    struct fetcher *fetcher;
    struct exchange *next;
    enum exchange_state state;
    uint64_t due_ms;
    char why_waiting[200];
    struct token *token; /* that goes with it, or is waited for; lent */
    unsigned token_generation;
    bool authorized;          /* the attempt went out with credentials or a token */
    char *current;            /* owned: the URL after redirects */
    struct endpoint endpoint; /* of current */
    unsigned redirects, challenges;
    uint64_t attempt_start;  /* out's position when the attempt began */
    bool started;            /* the head of an answer has come */
    bool refused_local;      /* its name led to an address of this machine */
    int head_error;          /* of response_take_line() or of the checks after the head */
    const char *bad_content; /* why the content is not what was asked for; NULL: it is */
    enum fetch_error bad_error;
    bool paused;
    size_t ignored; /* bytes of bodies that nobody asked for */
    CURL *easy;
    struct curl_slist *lines;
    char curl_text[CURL_ERROR_SIZE];
};

/* A new exchange that takes nothing yet; owned by the fetcher's list, freed by exchange_free(). NULL: no
 * memory. */
struct exchange *exchange_new(struct fetcher *fetcher, struct session *session);
/* The fields above are set. finish() is called from a later exchange_tick() or exchange_complete(). */
void exchange_begin(struct exchange *x);
/* Starts what is due, drains what a pipe did not take. */
void exchange_tick(struct exchange *x);
/* libcurl is done with it. */
void exchange_complete(struct exchange *x, CURLcode code);
/* Its token has come, or has failed (`why` NULL: it is there). */
void exchange_token_done(struct exchange *x, const struct exchange *why);
/* A descriptor that it waited for is ready. */
void exchange_resume(struct exchange *x);
/* Ends it without finish(); NULL is fine. */
void exchange_free(struct exchange *x);
/* When exchange_tick() has to be called next; UINT64_MAX: when something happens. */
uint64_t exchange_due(const struct exchange *x);

/* Sets the sentence "DOING: .."; what the registry says itself is put behind it by exchange_explain(). */
void exchange_sentence(struct exchange *x, const char *format, ...) printf_like(2, 3);

/* For exchange*.c. */
/* A cut or foreign text becomes UTF-8, which is all that a message can hold. */
void exchange_make_sendable(char *text);
int exchange_start(struct exchange *x) must_check; /* hands it to libcurl; negative errno */
void exchange_stop(struct exchange *x);            /* takes it back */

/* What an attempt came to. */
struct verdict {
    enum fetch_error error;
    bool broken;       /* of a kind that may pass */
    uint32_t attempts; /* no more than so many make sense; 0: as many as the session has */
};
/* libcurl's result and the head that came, judged; `text` is the sentence when it is an error. */
struct verdict exchange_judge(struct exchange *x, CURLcode code);
