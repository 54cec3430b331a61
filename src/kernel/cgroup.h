/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Control groups of containers (cgroups(7)): v2, v1, and hybrid (v1 controllers beside a v2 tree without
 * any).
 *
 * Place: PARENT/ID below the root of every hierarchy that is needed; PARENT is "unroot" unless told. On a
 * pure v2 host it is below our own group, or the nearest one above it, that systemd has delegated to us
 * (extended attribute trusted.delegate; our processes in it move to "unroot-self" when controllers are to be
 * switched on, because a group that holds processes takes none). A v2 tree is always used:
 * clone3(CLONE_INTO_CGROUP) is free, a write to cgroup.procs waits for a grace period of 7 to 14 ms. A v1
 * hierarchy is used only when a limit needs it. Controllers are switched on in subtree_control of our own
 * subtree, and in the root's only where no systemd runs, which is the single writer there
 * (systemd.io/CGROUP_DELEGATION). Paths below a hierarchy are opened with RESOLVE_BENEATH |
 * RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV. */
#include "base/failure.h"
#include "base/strings.h"
#include "kernel/cgroup_request.h"

#include <errno.h>
#include <sys/types.h>

#define CGROUP_PARENT_DEFAULT "unroot"
#define CGROUP_PATH_MAX 512

enum cgroup_layout {
    CGROUP_NONE, /* nothing mounted at /sys/fs/cgroup */
    CGROUP_V2,
    CGROUP_HYBRID,
    CGROUP_V1,
};

struct cgroup {
    enum cgroup_layout layout;
    bool managed;                  /* cgroup_remove() only closes it */
    char path[CGROUP_PATH_MAX];    /* "unroot/ID": what a record keeps and cgroup_open() takes */
    int v2_fd;                     /* its folder in the v2 tree: for CLONE_INTO_CGROUP; else -EBADF */
    int v1_fd[CGROUP_CONTROLLERS]; /* its folders in v1 hierarchies, where it has one; else -EBADF */
    /* "tasks" there, opened at once: the kernel asks the rights of whoever opened it. */
    int v1_tasks_fd[CGROUP_CONTROLLERS];
};

struct cgroup_stats {
    uint64_t memory_bytes; /* charged to it; where no memory controller counts: the sum of resident sizes */
    uint64_t memory_limit_bytes; /* UINT64_MAX: none */
    uint64_t cpu_usec;           /* UINT64_MAX: not counted */
    uint64_t pids;               /* tasks */
    bool memory_is_estimate;
};

#define CGROUP_NO_FD                                                                                         \
    {                                                                                                        \
        [0 ... CGROUP_CONTROLLERS - 1] = -EBADF                                                              \
    }
#define CGROUP_EMPTY                                                                                         \
    {                                                                                                        \
        .v2_fd = -EBADF, .v1_fd = CGROUP_NO_FD, .v1_tasks_fd = CGROUP_NO_FD                                  \
    }
#define autocgroup __attribute__((cleanup(cgroup_close)))

enum cgroup_layout cgroup_detect(void);

/* Where cgroup_create() would make them. -EINVAL with a sentence. */
int cgroup_find_path(const struct cgroup_spec *spec, char *ret_path, struct failure *failure) must_check;
/* Makes the container's groups and sets the limits. A limit that cannot be set is a failure that names
 * controller, file, reason and remedy, and nothing is left. With CGROUP_NONE and no limits it is 0 and an
 * empty struct. -EEXIST: a group of this name holds processes (one without any is removed and made anew). The
 * caller closes *ret_cgroup. */
int cgroup_create(const struct cgroup_spec *spec, struct cgroup *ret_cgroup,
                  struct failure *failure) must_check;
/* Opens what stands of a group by its recorded path. -ENOENT: nothing of it is left. -EINVAL: not a path of
 * ours. */
int cgroup_open(const char *path, struct cgroup *ret_cgroup, struct failure *failure) must_check;
void cgroup_close(struct cgroup *c);

/* Goes down, in place, to the group `path` below, which must be there: in the v1 hierarchies of `controllers`
 * (bits), or in all and the v2 tree for 0; beside v1 groups the v2 one may stay where it is. A leading '/' is
 * the container's own group. -EINVAL: a path that leads out; -ENOENT. On failure *c is only to be closed. */
int cgroup_descend(struct cgroup *c, unsigned controllers, const char *path,
                   struct failure *failure) must_check;
/* enum cgroup_controller by its name in v1; -ENOENT. */
int cgroup_find_controller(const char *name) must_check;

/* Whether there is a v1 group to be entered. */
bool cgroup_needs_attach(const struct cgroup *c);
/* Moves the caller, a process with one thread, into the v1 groups (v2: clone it there). A thread that moves
 * itself waits for no grace period: 0.3 ms for six hierarchies, where cgroup_attach() takes 8 to 50.
 * cgroup_procs_write_start() in kernel/cgroup/cgroup.c, since Linux 5.5. */
int cgroup_enter(const struct cgroup *c, struct failure *failure) must_check;
/* Moves another process there, as host root. */
int cgroup_attach(const struct cgroup *c, pid_t pid, struct failure *failure) must_check;

/* SIGKILL for every process in it, nested groups too; waits until none is left (zombies do not count), at
 * most `timeout_ms`: -ETIMEDOUT. -EOPNOTSUPP: no group of it holds processes (v1 without limits): kill its
 * process 1. */
int cgroup_kill(const struct cgroup *c, uint32_t timeout_ms, struct failure *failure) must_check;
/* Freezes or thaws and waits until the kernel says so. v1 without a freezer group: one is made and the
 * processes that share the pid namespace of `init` are moved there first. */
int cgroup_freeze(struct cgroup *c, pid_t init, bool freeze, struct failure *failure) must_check;
/* 1 frozen, 0 not. */
int cgroup_is_frozen(const struct cgroup *c) must_check;
/* The same for the group at `path`, of which nothing else is opened. 0 when it is gone. */
int cgroup_path_is_frozen(const char *path) must_check;
/* What files of a group held; lends its descriptors. */
struct cgroup_values {
    struct cgroup_value *items;
    size_t count;
};
#define autovalues __attribute__((cleanup(cgroup_values_free)))

/* Changes limits of a running container; v1 groups that did not exist are made and `init`'s processes moved.
 * What the kernel refuses leaves the groups as they were. *ret_before (may be NULL), freed by the caller,
 * takes the change back. */
int cgroup_update(struct cgroup *c, pid_t init, const struct cgroup_limits *limits,
                  struct cgroup_values *ret_before, struct failure *failure) must_check;
/* What cannot be set back is said behind the sentence in `failure`. With -Dtest_hooks=true the variable
 * UNROOT_FAIL_RESTORE names a file that cannot. */
void cgroup_values_restore(const struct cgroup_values *values, struct failure *failure);
void cgroup_values_free(struct cgroup_values *values);
/* Whether the numbers contradict each other, or are none that any kernel takes. -EINVAL with a sentence. */
int cgroup_limits_check(const struct cgroup_limits *limits, struct failure *failure) must_check;

int cgroup_read_stats(const struct cgroup *c, struct cgroup_stats *ret_stats,
                      struct failure *failure) must_check;
/* How many processes were killed for want of memory; -ENOENT: nothing counts that. */
int cgroup_read_oom_kills(const struct cgroup *c, uint64_t *ret_count) must_check;
/* What cpu.max of the v2 group says: the quota in microseconds, -1 for none, of each period. -ENOENT: it has no
 * such file; -EPROTO. */
int cgroup_read_quota(const struct cgroup *c, int64_t *ret_quota_us, uint64_t *ret_period_us) must_check;
/* The text of the file: of its v1 group of the controller where it has one, else of the v2 group. -ENOENT:
 * not there, or the version's name is NULL. The caller frees *ret_text. */
int cgroup_read_text(const struct cgroup *c, enum cgroup_controller controller, const char *v1_file,
                     const char *v2_file, char **ret_text) must_check;
/* The processes in it and below it, as this process's pid namespace sees them; the caller frees *ret_pids. */
int cgroup_read_pids(const struct cgroup *c, pid_t **ret_pids, size_t *ret_count) must_check;

/* Removes the groups and those made inside, with retries while processes die; closes them. -EBUSY: processes
 * are left. Nothing there is success. */
int cgroup_remove(struct cgroup *c, struct failure *failure) must_check;
/* The same for groups at `path` in which nothing is, without opening any: -EBUSY when one holds a process or a
 * group; those behind it in the order of controllers are then still there. */
int cgroup_remove_empty(const char *path) must_check;
/* Names of the groups below `parent` (NULL: the default) in any hierarchy, without duplicates: what dead
 * containers may have left. */
int cgroup_list(const char *parent, struct strings *ret_ids) must_check;
