/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What each layer of an image added and took away, by size. */
#include "engine/engine.h"
#include "formats/digest.h"

#include <stdint.h>

struct image_tree_path {
    char *path; /* "/usr/lib/": a folder ends with a slash; as the image calls it: clean it before a terminal
                   sees it */
    uint64_t size_bytes; /* of a folder all that the layer has below it; 0 for what was taken away */
};

struct image_tree_layer {
    struct digest diffid;
    char *created_by;    /* of its step, "" when the history has none */
    uint64_t size_bytes; /* of its files' content */
    uint64_t file_count, removed_count, rest_count, rest_bytes;
    struct image_tree_path *added; /* the largest, largest first; what else there is: rest_* */
    size_t added_count;
    struct image_tree_path *removed; /* the first ones by name; "/a/": all that was in the folder */
    size_t removed_listed;
};

struct image_tree {
    struct digest id;
    struct image_tree_layer *layers; /* oldest first */
    size_t count;
};

/* At most `shown` paths a layer. */
int image_tree_read(struct engine *e, const char *who, size_t shown, struct image_tree *ret_tree,
                    struct failure *failure) must_check;
void image_tree_free(struct image_tree *tree);
