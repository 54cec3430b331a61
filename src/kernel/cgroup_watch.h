/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Waiting for processes of a group that are killed for want of memory. */
#include "kernel/cgroup.h"

#include <stdbool.h>

struct cgroup_watch {
    const struct cgroup *cgroup; /* lent */
    int fd;                      /* readable when there may be something to look at: poll(2) */
    int control_fd;              /* v1: what the eventfd belongs to */
    bool is_v1;
    uint64_t kills; /* that have been told */
};

#define CGROUP_WATCH_EMPTY                                                                                   \
    {                                                                                                        \
        .fd = -EBADF, .control_fd = -EBADF                                                                   \
    }

/* From now on: v2 inotify(7) on memory.events, v1 an eventfd(2) on memory.oom_control (kernel
 * admin-guide/cgroup-v1/memory.rst "OOM Control"). -ENOENT: nothing counts that here. */
int cgroup_watch_oom(const struct cgroup *c, struct cgroup_watch *ret_watch) must_check;
/* 1: something was killed, or on v1 is out of memory with nothing killed, since the last call; else 0. */
int cgroup_watch_look(struct cgroup_watch *w) must_check;
void cgroup_watch_close(struct cgroup_watch *w);
