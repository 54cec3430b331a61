/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Deleting a tree whose content strangers chose. */
#include "base/ownership.h"

/* Removes `name` (one component; a file, a link or a folder with all it holds) from the folder. Works by
 * descriptor only: symbolic links are removed, never followed; depth is not limited by descriptors, stack or
 * PATH_MAX; nothing below a mount point is touched (-EXDEV or -EBUSY, the rest of that branch stays). A name
 * that does not exist is success: two may delete the same tree at once. 0 or negative errno. */
int tree_remove(int dirfd, const char *name) must_check;
