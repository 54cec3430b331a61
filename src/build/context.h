/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Files that COPY, ADD and RUN --mount=type=bind may take from outside: the build context and the named ones
 * of --build-context. */
#include "formats/dockerignore.h"
#include "store/staging.h"

struct build_context_request {
    const char *what;       /* for sentences: "the build context" */
    const char *source;     /* a folder, or "-": stream_fd */
    int stream_fd;          /* lent */
    const char *dockerfile; /* the path of the Dockerfile (-f) or NULL: NAME.dockerignore beside it comes
                               before the context's .dockerignore */
};

struct build_context {
    const char *what; /* lent from the request */
    int folder_fd; /* O_RDONLY | O_DIRECTORY; ids are the host's. -EBADF: there is none (a Dockerfile alone)
                    */
    struct dockerignore ignore;
    const struct store *store;       /* lent; of a context that came as a stream */
    char staging[STAGING_NAME_SIZE]; /* where that was unpacked to; "": not */
};

#define BUILD_CONTEXT_NONE                                                                                   \
    {                                                                                                        \
        .folder_fd = -EBADF                                                                                  \
    }

/* A folder is opened; a stream with a tar (plain, gzip, zstd) is unpacked by unroot-unpack below the store
 * (STORE_LOCK_ADD is the caller's); a stream with anything else is a Dockerfile, whose text is
 * *ret_dockerfile (the caller's; NULL in the other cases), and the context is empty. */
int build_context_open(const struct store *s, const struct build_context_request *request,
                       struct build_context *ret_context, char **ret_dockerfile,
                       struct failure *failure) must_check;
void build_context_close(struct build_context *context);
