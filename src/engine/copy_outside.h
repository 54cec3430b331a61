/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The host's side of `cp`: paths that the caller named himself, by docker's rules for what the copy is
 * called. */
#include "engine/image_source.h"

/* Where a copy goes: `name` in the folder. */
struct outside_target {
    int folder_fd;
    char *name; /* NULL: the names that the content has */
};

/* `source_name` "" is the content of a folder: its target is made when it is missing. */
int outside_target_open(const char *path, const char *source_name, bool source_is_folder,
                        struct outside_target *ret_target, struct failure *failure) must_check;
void outside_target_close(struct outside_target *target);

struct outside_request {
    const char *path;
    bool follow_link, keep_owner;
    bool content; /* of the folder, without its name */
};

/* What is copied, as a tar stream: source.fd. */
struct outside_stream {
    struct image_source source;
    bool is_folder;
    char *name; /* as the caller called it */
};

int outside_stream_open(const struct outside_request *request, struct outside_stream *ret_stream,
                        struct failure *failure) must_check;
void outside_stream_close(struct outside_stream *stream);
