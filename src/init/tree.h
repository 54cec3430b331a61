/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Opening what lies below a folder that an application may write to while we look. */
#include "init/span.h"

/* Opens `path` (relative, no "..", of any length) below the folder `top`: never through a link, never on
 * another mount. `flags` are open(2)'s; O_CLOEXEC and O_NOFOLLOW are added. With O_PATH a link as the last
 * component is opened itself. The descriptor; -EXDEV for another mount, -ELOOP or -ENOTDIR for a link on the
 * way, or open's error. FALLBACK(linux < 5.6, or a filter that does not know openat2): tree_open_stepwise().
 */
int tree_open(int top, const char *path, int flags) __attribute__((warn_unused_result));
int tree_open_stepwise(int top, const char *path, int flags) __attribute__((warn_unused_result));

/* One name of an open folder, itself and never what it links to or what is mounted on it: an O_PATH
 * descriptor. `name` is one that the kernel listed there, so it has no slash and is not "..". Errors and
 * FALLBACK as above. */
int tree_open_entry(int folder, const char *name) __attribute__((warn_unused_result));

/* An absolute path as configuration names it: no component may be a link. */
int tree_open_top(const char *path) __attribute__((warn_unused_result));

enum mount_kind {
    MOUNT_ORDINARY,
    MOUNT_READ_ONLY,
    MOUNT_IDMAPPED, /* mount_setattr(2): owners are what the mount says, not what the disk says */
};
/* Of the mount that an open folder is on; -errno when it cannot be told. */
int tree_mount_kind(int fd) __attribute__((warn_unused_result));
