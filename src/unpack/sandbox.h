/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a role of unroot-unpack gives up before it reads the first byte of a stranger. It runs in a user
 * namespace that maps only stored ids, so it is nobody on the host to begin with. */
#include "base/failure.h"

enum sandbox_role {
    SANDBOX_STREAM, /* bytes in, bytes out: no path, no new descriptor */
    SANDBOX_TREE,   /* and names below the root, which is the tree */
};

/* For SANDBOX_TREE `root_fd` becomes the root and working directory. Then: no capability but the ones that
 * owners, modes and attributes need, no_new_privs, limits, the seccomp filter. */
int sandbox_enter(enum sandbox_role role, int root_fd, struct failure *failure) must_check;
