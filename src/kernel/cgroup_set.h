/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What is done to one group, or to a container's groups together. For the kernel/cgroup*.c files. */
#include "kernel/cgroup.h"
#include "kernel/cgroup_limits.h"

/* Makes the container's group of a v1 hierarchy (a cpuset gets its parent's processors and nodes: it would be
 * empty). */
int cgroup_set_make_v1(struct cgroup *c, enum cgroup_controller controller, int root_fd) must_check;
/* A hierarchy of several controllers has one group for them: takes the one that another controller made. 1:
 * it did; 0: there is none. */
int cgroup_set_share_v1(struct cgroup *c, enum cgroup_controller controller, int root_fd) must_check;
/* -EOPNOTSUPP with a sentence: nothing here has the controller that `what` needs. */
int cgroup_set_refuse_absent(const char *what, enum cgroup_controller controller,
                             struct failure *failure) must_check;
/* Writes the settings. */
int cgroup_set_apply(const struct cgroup *c, const struct cgroup_settings *settings,
                     struct failure *failure) must_check;
/* What the files of the settings hold now. -ENOMEM. */
int cgroup_values_save(const struct cgroup *c, const struct cgroup_settings *settings,
                       struct cgroup_values *ret_values) must_check;
/* Processes in a group and below it; the caller frees *ret_pids. */
int cgroup_set_pids(int folder_fd, pid_t **ret_pids, size_t *ret_count) must_check;
/* Removes a group and those below it. -EBUSY after `timeout_ms`. Nothing there is success. */
int cgroup_set_remove(int root_fd, const char *path, uint32_t timeout_ms) must_check;
/* The container's processes: of a group that has them, else those that share the pid namespace of `init`. */
int cgroup_set_members(const struct cgroup *c, pid_t init, pid_t **ret_pids, size_t *ret_count) must_check;
