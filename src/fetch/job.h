/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One request of the engine from its arrival to its answer. */
#include "base/text.h"
#include "fetch/body.h"
#include "fetch/exchange.h"
#include "formats/fetch_message.h"

struct job {
    struct job *next;
    struct fetcher *fetcher;
    struct session *session;
    struct fetch_request request;
    int fd; /* -EBADF: none */
    struct body body;
    struct exchange *exchange; /* under way */
    struct fetch_reply reply;
    bool answered; /* the reply stands and has to be sent */
    uint64_t progress_due_ms;
    struct fetch_reply progress; /* as it was last sent */
    struct text document;        /* list-tags: a page */
    struct text lines;           /* list-tags: all so far */
    unsigned pages;
    char *location;    /* put-blob: where the upload goes on */
    uint64_t sent;     /* put-blob: bytes that the registry has */
    uint64_t part;     /* put-blob: bytes of the chunk under way */
    uint64_t farthest; /* put-blob: the most that it ever had */
    uint32_t attempt;  /* put-blob: of the whole upload */
};

/* Takes the request and the descriptor. An impossible one is answered at once. NULL: no memory. */
struct job *job_new(struct fetcher *fetcher, struct fetch_request *request, int fd);
/* Ends what is under way; the answer is "cancelled". */
void job_cancel(struct job *j);
void job_answer(struct job *j);
/* The answer with an error of our own: "what: ..". */
void job_refuse(struct job *j, enum fetch_error error, const char *format, ...) printf_like(3, 4);
/* The exchange's failure becomes the answer. */
void job_fail(struct job *j, const struct exchange *x);
/* Sends what is to be said now. True: all is said, the job can be freed. */
bool job_tell(struct job *j);
/* When job_tell() has something to say; UINT64_MAX. */
uint64_t job_due(const struct job *j);
void job_free(struct job *j);

/* A new exchange of this job: "BASE/v2/" and the path; `doing` is its sentence's beginning. NULL: answered
 * already. */
struct exchange *job_ask(struct job *j, enum exchange_method method, void (*finish)(struct exchange *),
                         const char *path_format, ...) printf_like(4, 5);
/* False: no memory, and it is answered. */
bool job_add_header(struct job *j, const char *name, const char *value);
void job_begin(struct job *j);
/* An exchange's finish(): what the head of the answer says is the job's answer. */
void job_done(struct exchange *x);

/* The verbs, by file: job_read.c and job_write.c. */
void job_start_ping(struct job *j);
void job_start_manifest(struct job *j);
void job_start_get_blob(struct job *j);
void job_start_head_blob(struct job *j);
void job_start_tags(struct job *j);
void job_start_mount(struct job *j);
void job_start_put_blob(struct job *j);
void job_start_put_manifest(struct job *j);
