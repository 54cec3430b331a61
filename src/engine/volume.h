/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Named volumes: the engine's verbs. All calls: 0 or negative errno with `failure` filled; -ENOENT "no such
 * volume". */
#include "engine/engine.h"
#include "store/image.h"
#include "store/volume_record.h"

#include <json-c/json.h>

struct volume_request {
    const char *name;      /* NULL: an anonymous one gets 64 hex digits */
    struct strings labels; /* NAME=VALUE */
};

struct volume_list {
    struct volume *items;
    size_t count;
};

/* An existing volume of that name is the answer, unchanged (docker's rule). */
int volume_create(struct engine *e, const struct volume_request *request, struct volume *ret_volume,
                  struct failure *failure) must_check;
int volume_get(struct engine *e, const char *name, struct volume *ret_volume,
               struct failure *failure) must_check;
/* The folder with its files, stored as S + id; the caller closes *ret_fd. */
int volume_open(struct engine *e, const char *name, int *ret_fd, struct failure *failure) must_check;
/* What a fresh volume is filled with on its first use; nothing happens for one that was used. Of two first
 * users one waits for the other. */
struct volume_fill_request {
    const char *name;
    const struct image *image; /* its folder `path` gives content, owner and mode (unless no_copy) */
    const char *path;          /* inside */
    bool no_copy;
    uint32_t uid, gid; /* inside: the owner when the image has no such folder */
};
int volume_fill(struct engine *e, const struct volume_fill_request *request,
                struct failure *failure) must_check;
int volume_list(struct engine *e, struct volume_list *ret_list, struct failure *failure) must_check;
void volume_list_free(struct volume_list *list);
/* docker's `volume inspect` document. */
int volume_inspect(struct engine *e, const char *name, struct json_object **ret_document,
                   struct failure *failure) must_check;
/* -EBUSY naming the containers that use it. `force`: no failure when there is none. */
int volume_remove(struct engine *e, const char *name, bool force, struct failure *failure) must_check;
/* Volumes that no container uses: anonymous ones, with `all` named ones too. Names removed are appended. */
int volume_prune(struct engine *e, bool all, struct strings *ret_names, uint64_t *ret_bytes,
                 struct failure *failure) must_check;
