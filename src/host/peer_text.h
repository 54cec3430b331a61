/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The three files as text in, text out; nothing is read or written here. */
#include "base/failure.h"
#include "base/strings.h"

#include <stdbool.h>

struct peer_text {
    const char *name;    /* of the file, for sentences */
    const char *text;    /* as it is; NULL: there is no file */
    const char *saved;   /* as it was before we changed it; NULL: there was none, or it is not known */
    const char *runtime; /* to add: the program */
    bool make_default;
};

/* The text with our runtime; the same text when it is there already. -EINVAL with the place. */
int peer_docker_add(const struct peer_text *t, char **ret_text, struct failure *failure) must_check;
int peer_containerd_add(const struct peer_text *t, char **ret_text, struct failure *failure) must_check;
/* `json`, `nocgroups`: the runtimes that the other files list; a list replaces an earlier one as a whole. */
int peer_podman_add(const struct peer_text *t, const struct strings *json, const struct strings *nocgroups,
                    char **ret_text, struct failure *failure) must_check;

/* The text without it: exactly `saved` where nothing else was changed since. *ret_text NULL: the file goes.
 * -ENOENT (without a sentence): it is not there. */
int peer_docker_remove(const struct peer_text *t, char **ret_text, struct failure *failure) must_check;
int peer_containerd_remove(const struct peer_text *t, char **ret_text, struct failure *failure) must_check;
int peer_podman_remove(const struct peer_text *t, char **ret_text, struct failure *failure) must_check;
