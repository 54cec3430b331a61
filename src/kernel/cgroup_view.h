/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a container sees at /sys/fs/cgroup: only its own groups, read-only. */
#include "kernel/cgroup.h"

/* Enters a cgroup namespace rooted in the caller's present groups. To be called by the builder *after* it is
 * in its groups (CLONE_NEWCGROUP in the same clone3() as CLONE_INTO_CGROUP would root the namespace in the
 * parent's group: the kernel copies namespaces first). */
int cgroup_view_enter(void) must_check;

/* Mounts the view over `target_fd` (O_PATH descriptor of /sys/fs/cgroup in the new root), as the owner of the
 * mount and cgroup namespaces: v2 or no v1 group: cgroup2; with v1 groups: a tmpfs with one folder a
 * controller and "unified"; nothing mountable: an empty tmpfs. All read-only, nosuid, nodev, noexec. `c` need
 * not have open descriptors, only say which groups there are. */
int cgroup_view_mount(const struct cgroup *c, int target_fd) must_check;
