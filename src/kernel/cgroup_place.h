/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Where a container's groups stand, and what a v2 tree must have switched on above them. For the
 * kernel/cgroup*.c files. */
#include "kernel/cgroup.h"

/* "PARENT/ID" for a spec; with the default parent on a pure v2 host below our own group when it, or one above
 * it, is delegated (extended attribute trusted.delegate or user.delegate = 1, systemd.io/CGROUP_DELEGATION).
 * -EINVAL with a sentence: not a path of ours. */
int cgroup_place_find(const char *parent, const char *id, char ret_path[CGROUP_PATH_MAX],
                      struct failure *failure) must_check;

/* Bits (enum cgroup_controller) of the controllers that the v2 tree has here, switched on or not. */
unsigned cgroup_place_controllers(int v2_root_fd);

/* Makes the folder in the v2 tree with the controllers of `needed` usable in it. A sentence names what stands
 * in the way. */
int cgroup_place_make(int v2_root_fd, const char *path, unsigned needed, struct failure *failure) must_check;
