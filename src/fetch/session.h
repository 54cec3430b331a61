/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A registry and a repository there, with what was learned about it: how it wants to be asked, and its
 * tokens. */
#include "fetch/endpoint.h"
#include "formats/auth_challenge.h"
#include "formats/fetch_message.h"

#define SESSION_TOKENS_MAX 32
#define SESSION_CA_MAX (8u << 20)

struct fetcher;
struct exchange;

/* A bearer token of one realm, service and scope. */
struct token {
    char *realm, *service, *scope; /* scope NULL: for nothing in particular (ping) */
    char *value;                   /* NULL: it is being fetched, or that failed */
    uint64_t good_until_ms;
    unsigned generation;       /* counts the values */
    struct exchange *exchange; /* that fetches it */
};

enum session_auth { SESSION_AUTH_UNKNOWN, SESSION_AUTH_BASIC, SESSION_AUTH_BEARER };

struct session {
    uint32_t id; /* 0: this place is free */
    struct fetch_session settings;
    struct endpoint origin;
    char *base;         /* "https://registry.example:5000" */
    char *certificates; /* PEM; NULL: the system's file */
    size_t certificates_size;
    bool local;   /* the registry is on this machine, so it may send us to this machine */
    bool reached; /* it has answered something */
    enum session_auth auth;
    char *realm, *service;
    struct token *tokens[SESSION_TOKENS_MAX];
    char broken[300]; /* it could not be opened: why, which is the answer to all its requests; else "" */
};

/* Takes the settings out of the request. `ca_fd`: the descriptor that came with it, lent, or -EBADF.
 * `system_ca`: path or NULL. 0; -EINVAL, -EFBIG with the sentence. */
int session_open(struct session *s, struct fetch_request *request, int ca_fd, const char *system_ca,
                 struct failure *failure) must_check;
void session_close(struct fetcher *fetcher, struct session *s);

/* "Authorization: .." for the origin, or NULL: nothing is known to be wanted. -ENOMEM. */
int session_authorize(const struct session *s, const struct token *token, char **ret_header) must_check;
/* The longest a server may say nothing. */
uint32_t session_stall_seconds(const struct session *s);
uint32_t session_attempts(const struct session *s);
