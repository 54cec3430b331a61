/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Where a path leads in a tree that strangers made: links and ".." are resolved within its root, by
 * descriptors. What is found is spelled without links, so that it can be opened with RESOLVE_NO_SYMLINKS: one
 * that was swapped meanwhile is an error and leads nowhere. */
#include "base/ownership.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct tree_place {
    char path[PATH_MAX]; /* relative, "" is the root */
    size_t known;        /* so much of it exists: all, or up to a slash or the beginning */
    bool exists;
    struct stat st; /* when it exists; of a link only without `follow` */
};

/* `path` from the root, with or without a slash in front; a last component that is a link is followed with
 * `follow`. What does not exist is taken as it stands. -ENOTDIR, -ELOOP, -ENAMETOOLONG or what opening says.
 */
int tree_path_find(int root_fd, const char *path, bool follow, struct tree_place *ret_place) must_check;
/* Opens what tree_path_find() found; "" is the root. */
int tree_path_open(int root_fd, const char *path, int flags) must_check;
