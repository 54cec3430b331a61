/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* RUN --mount=type=..,..: one mount of a build step (dockerfile reference, "RUN --mount"). */
#include "base/failure.h"
#include "formats/dockerfile_scope.h"

#include <stdint.h>

enum dockerfile_mount_type {
    DOCKERFILE_MOUNT_BIND,
    DOCKERFILE_MOUNT_CACHE,
    DOCKERFILE_MOUNT_TMPFS,
    DOCKERFILE_MOUNT_SECRET,
    DOCKERFILE_MOUNT_SSH,
};

enum dockerfile_sharing {
    DOCKERFILE_SHARED,
    DOCKERFILE_PRIVATE,
    DOCKERFILE_LOCKED,
};

#define DOCKERFILE_ID_UNSET UINT32_MAX

struct dockerfile_mount {
    enum dockerfile_mount_type type;
    char *target;      /* NULL: not given (secret: /run/secrets/ID, ssh: a socket in /run/buildkit) */
    char *source;      /* bind, cache: path in `from`; NULL: its root */
    char *from;        /* bind, cache: stage or image; NULL: the build context (cache: an empty folder) */
    char *id;          /* cache, secret, ssh; NULL: not given */
    char *environment; /* secret: the variable it goes to; NULL: a file */
    bool read_only;    /* as it comes out: bind true unless rw, others false unless ro */
    bool required;     /* secret, ssh */
    enum dockerfile_sharing sharing;
    uint32_t uid, gid, mode; /* DOCKERFILE_ID_UNSET: not given */
    uint64_t size_bytes;     /* tmpfs; 0: not given */
};

/* `spec` as written; its values see the stage's variables. -EINVAL with a sentence, -ENOMEM. */
int dockerfile_mount_parse(const struct dockerfile_scope *scope, const char *spec,
                           struct dockerfile_mount *ret_mount, struct failure *failure) must_check;
void dockerfile_mount_free(struct dockerfile_mount *mount);
