/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Other engines' configuration: our runtime named in docker's daemon.json, in a file of podman's
 * containers.conf.d and in containerd's config.toml, and taken out again. What a person wrote stays as it is.
 */
#include "base/failure.h"
#include "base/strings.h"

#include <stdbool.h>

#define PEER_RUNTIME "unroot"             /* what the engines call it */
#define PEER_SAVED_SUFFIX ".unroot-saved" /* beside the file: as it was before */

enum peer {
    PEER_DOCKER,
    PEER_PODMAN,
    PEER_CONTAINERD,
};

struct peer_request {
    enum peer peer;
    const char *file;    /* of the configuration; NULL: where the engine looks for it */
    const char *runtime; /* the program, an absolute path */
    const char *home;    /* podman: the home folder of an ordinary user; NULL: for the whole host */
    bool make_default;   /* for containers that ask for no runtime */
    bool undo;
};

struct peer_change {
    char *file;
    char *before, *after; /* the whole text; NULL: no such file */
    char *saved;          /* what stands in FILE.unroot-saved, NULL: no such file */
    bool named;           /* the file names our runtime already: `before` is not how a person left it */
    const char *advice;   /* what to do then for the change to count; static */
};

#define autopeer __attribute__((cleanup(peer_change_free)))

/* "docker", "podman", "containerd"; -ENOENT. */
int peer_find(const char *name, enum peer *ret_peer) must_check;
/* What would be changed; nothing is written. -EINVAL with file, line and reason: the file is broken, or names
 * a runtime `unroot` of its own; -ENOENT: there is nothing to undo. */
int peer_plan(const struct peer_request *request, struct peer_change *ret_change,
              struct failure *failure) must_check;
/* Writes it: the new file (mode and owner as before), and, when it did not name us, a copy of what was there
 * as FILE.unroot-saved, which an undo takes away. Before == after: nothing. */
int peer_commit(const struct peer_request *request, const struct peer_change *change,
                struct failure *failure) must_check;
void peer_change_free(struct peer_change *change);
