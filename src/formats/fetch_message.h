/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the engine and unroot-fetch say to each other over descriptor 3, a connected SOCK_SEQPACKET socket:
 * one JSON object a datagram, descriptors beside it by SCM_RIGHTS. Decoding is strict: an unknown, missing or
 * misplaced member is refused.
 *
 * unroot-fetch says `ready` once its sandbox stands (or `failed`, and ends). Then the engine sends requests,
 * as many at once as FETCH_REQUESTS_MAX, and each gets exactly one `answer`, in any order, with `progress`
 * before it. The end of the socket ends the program. A request that does not decode is answered by `failed`
 * and the end: it is a mistake of ours.
 *
 * Descriptors (fetch_request_descriptors() says how many): `session` with ca: a file of PEM certificates,
 * trusted besides the system's. get-manifest, list-tags: a file (memfd) that is written from its beginning
 * and read to the answer's `size`. get-blob: a pipe or file, written from where it stands; bytes that were
 * written stay written when the answer is a failure, the answer's `size` says how many. put-manifest: a file,
 * its `size` bytes are the body. put-blob: a file (read from its beginning, a broken upload is repeated) or a
 * pipe (once). unroot-fetch sets O_NONBLOCK on pipes. Nothing is verified here: digests and sizes are checked
 * by whoever reads the descriptor. */
#include "base/failure.h"
#include "base/strings.h"
#include "formats/digest.h"

#include <stdint.h>

#define FETCH_FD 3
#define FETCH_MESSAGE_MAX (64u << 10)
#define FETCH_MANIFEST_MAX (4u << 20)
#define FETCH_TAGS_MAX (8u << 20) /* of a list of tags, one a line */
#define FETCH_REQUESTS_MAX 64
#define FETCH_SESSIONS_MAX 16
#define FETCH_SECRET_MAX 16384
#define FETCH_ACCEPT_MAX 16

enum fetch_verb {
    FETCH_SESSION,       /* opens a session (no answer) */
    FETCH_END_SESSION,   /* forgets it and its credentials (no answer); its requests are cancelled */
    FETCH_PING,          /* is this a registry, and are the credentials good? */
    FETCH_GET_MANIFEST,  /* target, accept */
    FETCH_HEAD_MANIFEST, /* target, accept */
    FETCH_GET_BLOB,      /* digest, size, offset */
    FETCH_HEAD_BLOB,     /* digest */
    FETCH_MOUNT_BLOB,    /* digest, from */
    FETCH_PUT_BLOB,      /* digest, size, chunk_size */
    FETCH_PUT_MANIFEST,  /* target, media_type, size */
    FETCH_LIST_TAGS,     /* - */
    FETCH_CANCEL,        /* ends the request `id`, which answers "cancelled" (no answer of its own) */
    FETCH_VERB_COUNT,
};

enum fetch_credentials {
    FETCH_ANONYMOUS,
    FETCH_PASSWORD,       /* user and secret */
    FETCH_IDENTITY_TOKEN, /* secret: an OAuth2 refresh token (docker's "identitytoken") */
};

/* A registry or mirror and one repository there. Zero and NULL mean the default. */
struct fetch_session {
    char *host;       /* "registry.example:5000", "[::1]:5000" */
    char *repository; /* "library/nginx"; NULL: only ping can be asked */
    bool plain_http;  /* else https */
    bool insecure;    /* the host's certificate is not verified (nobody else's) */
    bool ca;          /* a descriptor comes with it */
    bool push;        /* ask for pull,push; else for pull */
    enum fetch_credentials credentials;
    char *user, *secret;
    char *client_certificate, *client_key;     /* PEM, both or none: who we are to the host itself, by TLS */
    char *http_proxy, *https_proxy, *no_proxy; /* as curl reads them; nothing is taken from the environment */
    char *user_agent;
    uint32_t attempts; /* of each request, the first one counted; 0 = 6 */
    uint32_t
        stall_seconds;   /* below stall_rate for so long, a transfer is broken off and tried again; 0 = 30 */
    uint32_t stall_rate; /* bytes a second; 0 = 1024 */
    uint32_t connect_seconds; /* 0 = 30 */
};

struct fetch_request {
    enum fetch_verb verb;
    uint32_t id;                   /* of the request, above 0; 0 for session and end-session */
    uint32_t session;              /* above 0; 0 for cancel */
    struct fetch_session settings; /* session */
    char *target;                  /* a tag or "sha256:HEX" */
    struct strings accept;         /* media types, 1..FETCH_ACCEPT_MAX */
    struct digest digest;
    uint64_t size;       /* get-blob, put-blob: the whole blob's; put-manifest: the body's */
    uint64_t offset;     /* get-blob: bytes that are there already, at most size */
    uint64_t chunk_size; /* put-blob: a PATCH each; 0 = one PUT */
    char *from;          /* mount-blob: a repository of the same registry */
    char *media_type;    /* put-manifest */
};
#define autofetchrequest __attribute__((cleanup(fetch_request_free)))

enum fetch_kind { FETCH_READY, FETCH_FAILED, FETCH_ANSWER, FETCH_PROGRESS, FETCH_KIND_COUNT };

enum fetch_error {
    FETCH_OK,
    FETCH_NOT_FOUND,    /* no such repository, manifest or blob */
    FETCH_UNAUTHORIZED, /* credentials are missing or wrong */
    FETCH_DENIED,       /* they are known, and not enough */
    FETCH_RATE_LIMITED,
    FETCH_NETWORK,   /* not found, not reached, broken, too slow; after all attempts */
    FETCH_TLS,       /* not trusted, or no TLS spoken */
    FETCH_PROTOCOL,  /* an answer that the distribution-spec does not have */
    FETCH_TOO_LARGE, /* more bytes than were announced or are allowed */
    FETCH_CANCELLED,
    FETCH_LOCAL, /* the given descriptor failed: nobody reads the pipe any more, it ended early */
    FETCH_ERROR_COUNT,
};

enum fetch_state { FETCH_CONNECTING, FETCH_WAITING, FETCH_TRANSFERRING, FETCH_STATE_COUNT };

#define FETCH_TYPE_SIZE 128

/* From a process that reads strangers' bytes: everything is bounded and printable after decoding, nothing is
 * true. */
struct fetch_reply {
    enum fetch_kind kind;
    uint32_t id;                  /* answer, progress: of the request */
    enum fetch_error error;       /* answer */
    char text[FAILURE_TEXT_SIZE]; /* answer with an error, failed: the sentence. progress: what it waits for;
                                     or "" */
    uint32_t status;              /* answer: the HTTP status, 0 = there was none */
    uint32_t wait_seconds;        /* answer: Retry-After; progress: of waiting, until the next attempt */
    char media_type[FETCH_TYPE_SIZE]; /* answer: the manifest's Content-Type without parameters, or "" */
    struct digest digest;             /* answer: Docker-Content-Digest, hex "" = none (or none of ours) */
    uint64_t size;          /* answer: bytes of the content (head), or that went through the descriptor */
    bool mounted;           /* answer to mount-blob: it is there now; false: it has to be pushed */
    enum fetch_state state; /* progress */
    uint64_t bytes;         /* progress: so far, with the offset */
};

/* The datagram's text; the caller frees it. -EINVAL: a rule above is broken; -EMSGSIZE, -ENOMEM. */
int fetch_request_encode(const struct fetch_request *request, char **ret_text, size_t *ret_size) must_check;
/* -EBADMSG: not a request. fetch_request_free() ends what was given. */
int fetch_request_decode(const char *data, size_t size, struct fetch_request *ret_request) must_check;
void fetch_request_free(struct fetch_request *request);
/* How many descriptors come with it: 0 or 1. */
int fetch_request_descriptors(const struct fetch_request *request);

int fetch_reply_encode(const struct fetch_reply *reply, char **ret_text, size_t *ret_size) must_check;
/* -EBADMSG: not a reply. */
int fetch_reply_decode(const char *data, size_t size, struct fetch_reply *ret_reply) must_check;

/* "application/json", without parameters (RFC 6838). */
bool fetch_media_type_is_valid(const char *text);
/* "get-manifest", "not-found", "waiting". */
const char *fetch_verb_name(enum fetch_verb verb);
const char *fetch_error_name(enum fetch_error error);
const char *fetch_state_name(enum fetch_state state);
