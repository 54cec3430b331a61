/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The files of an image as its containers begin with them: its layers as one read-only tree, mounted nowhere.
 */
#include "store/image.h"

/* The root folder (O_RDONLY | O_DIRECTORY), ids as stored (S + id); the mount ends with the last descriptor
 * in it. Paths in it are a stranger's: only kernel/path.h. Needs CAP_SYS_ADMIN on the host; the layers must
 * be there (image_prepare()). */
int image_view_open(const struct store *s, const struct image *image, struct failure *failure) must_check;
/* The same of any folders below storage_fd, top layer first; a container's upper folder may be the first
 * (then what overlay keeps as moved or as only half copied is followed). -ENOENT: none was given. */
int tree_view_open(const struct store *s, const struct strings *folders, struct failure *failure) must_check;
/* A writable view: `upper` and `work` are folders below storage_fd, which nobody else may use meanwhile; not
 * synced when it ends. */
struct tree_view {
    struct strings folders; /* top layer first, without `upper` */
    const char *upper, *work;
    bool self_contained; /* `upper` becomes a layer: nothing in it may refer to what is below */
};
int tree_view_open_writable(const struct store *s, const struct tree_view *view,
                            struct failure *failure) must_check;
/* The way for Linux before 6.8, for a test to try it on any. `upper` may be NULL. */
int tree_view_open_old(const struct store *s, const struct tree_view *view) must_check;
