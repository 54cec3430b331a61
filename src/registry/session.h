/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One repository at the place that answers for it: which mirror, which protocol, whose credentials. */
#include "formats/reference.h"
#include "formats/registries_config.h"
#include "registry/client.h"
#include "registry/credentials.h"

struct registry_options {
    const char *program_dir; /* of unroot-fetch */
    const char *what;        /* what it is about, for sentences: "nginx:1" */
    const struct registry_environment *environment;
    bool push;
    uint32_t attempts;                              /* of each request; 0: unroot-fetch's own number */
    const struct registry_credentials *credentials; /* instead of what the files say; NULL: those */
};

struct registry_session {
    struct registry_options options;
    struct registry_client client;
    struct registries_config config;
    struct registry_endpoints endpoints;
    size_t position; /* of the endpoint that is in use */
    uint32_t id;     /* of the session in the wire; 0: none is open */
    bool plain_http, logged_in;
};

#define autosession __attribute__((cleanup(registry_session_close)))

/* Reads the configuration and starts unroot-fetch; no connection is made. `reference` NULL with `domain`: the
 * registry alone, for login. The strings of `options` are lent until the end. */
int registry_session_open(struct registry_session *s, const struct registry_options *options,
                          const struct reference *reference, const char *domain,
                          struct failure *failure) must_check;
void registry_session_close(struct registry_session *s);
/* Opens the session at the endpoint `position`. An insecure registry is asked by https first, then by http.
 */
int registry_session_use(struct registry_session *s, size_t position, struct failure *failure) must_check;
const struct registry_endpoint *registry_session_endpoint(const struct registry_session *s);
/* Whether somebody answers there and takes our credentials. */
int registry_session_ping(struct registry_session *s, struct fetch_reply *ret_answer,
                          struct failure *failure) must_check;

/* What a document is and where it came from. */
struct registry_document {
    char *data; /* NUL behind it */
    size_t size;
    struct digest digest;             /* of `data`, as we hashed it */
    char media_type[FETCH_TYPE_SIZE]; /* as the registry has it, "" = not said */
};
void registry_document_free(struct registry_document *d);

/* Asks all endpoints in turn for the manifest of a tag or "sha256:HEX"; the first that has it is used from
 * there on. A digest is verified. *ret_answer (with a failure): why the last one did not. */
int registry_get_manifest(struct registry_session *s, const char *target,
                          struct registry_document *ret_document, struct fetch_reply *ret_answer,
                          struct failure *failure) must_check;
/* The same from the endpoint in use. */
int registry_get_manifest_here(struct registry_session *s, const char *target,
                               struct registry_document *ret_document, struct fetch_reply *ret_answer,
                               struct failure *failure) must_check;
/* A small blob from the endpoint in use, verified. */
int registry_get_document(struct registry_session *s, const struct digest *digest, uint64_t size,
                          struct registry_document *ret_document, struct failure *failure) must_check;

/* An answer with an error as a sentence that says what to do. Returns a negative errno: -ENOENT, -EACCES,
 * -EBUSY (rate limit), -ENETUNREACH, -EPROTO, -EFBIG, -ECANCELED, -EIO. */
int registry_refuse(const struct registry_session *s, const struct fetch_reply *answer,
                    struct failure *failure);
