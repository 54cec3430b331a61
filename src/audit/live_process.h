/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One process as /proc shows it. */
#include "audit/result.h"
#include "formats/id_map.h"

#include <stdbool.h>
#include <stdint.h>

#define PROCESS_USED_PRIVILEGE 0x00000100u /* PF_SUPERPRIV of linux/sched.h, in /proc/PID/stat */
#define PROCESS_KERNEL_THREAD 0x00200000u  /* PF_KTHREAD */

struct process_namespace {
    uint64_t device, inode; /* 0: could not be looked at */
};

struct live_process {
    int pid;
    uint32_t uid, gid;                                /* effective, as we see them */
    uint32_t real_uid, saved_uid;                     /* what it can go back to */
    uint64_t effective, ambient, bounding, permitted; /* capability sets */
    bool no_new_privs;
    unsigned pid_levels; /* of NSpid: 1 = our pid namespace */
    int pid_inside;      /* in its own pid namespace */
    uint32_t flags;
    struct id_map uid_map; /* count 0: could not be read */
    struct process_namespace user, pid_space, mount, root;
    const char *cgroup, *command, *name; /* in the arena */
};

/* Reads /proc/PID of `proc_fd`. -ESRCH: it is gone; -ENOMEM; -EINVAL: the kernel's text is not understood. */
int live_process_read(int proc_fd, int pid, struct arena *arena, struct live_process *ret_process) must_check;
/* From the text of /proc/PID/status; for live_process_read() and tests. -EINVAL. */
int live_status_parse(const char *text, struct live_process *process) must_check;
/* Whether two maps are the same one, as it is within one user namespace. */
bool live_same_map(const struct id_map *a, const struct id_map *b);
/* What the process is to this host, whose own map (of our user namespace) is `own`: never VERDICT_NONROOT for
 * uid 0, outside or inside, nor for what cannot be told. *ret_inside: its uid inside its own user namespace;
 * its uid outside where it has none there. Pure. */
enum verdict live_verdict(const struct live_process *p, const struct id_map *own, uint32_t *ret_inside);
/* The first setuid file of root's (of its own user namespace) in the folders for programs of the process's
 * root, copied to the arena; "" none; NULL: it may not be looked at. Bounded. */
const char *live_find_setuid(int proc_fd, const struct live_process *p, struct arena *arena);
