/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What an image's layers hold that matters for privileges, read from the lists that unroot-listing makes:
 * later layers replace and white out what earlier ones had. A list is a stranger's: every number and length
 * in it is checked. */
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tree_entry {
    const char *path; /* without the leading slash */
    char type;        /* f d l h x */
    uint32_t uid, gid, mode;
    bool capabilities;
    const char *link;    /* of l and h */
    const char *content; /* NUL behind it; NULL: not listed */
    bool gone;           /* whited out or replaced */
};

struct image_tree {
    struct arena *arena;
    struct tree_entry *entries;
    size_t count, capacity;
};

#define TREE_ENTRIES_MAX 200000

/* Adds one layer's list. -EINVAL: it is no complete list; -E2BIG; -ENOMEM. */
int image_tree_add(struct image_tree *tree, const char *list, size_t size) must_check;
/* Follows hard links and symbolic links of the last component, a few times. NULL: not there, or not listed.
 */
const struct tree_entry *image_tree_find(const struct image_tree *tree, const char *path);
