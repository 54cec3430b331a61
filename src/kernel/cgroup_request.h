/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What is asked of a container's control groups: controllers, limits, place. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cgroup_controller {
    CGROUP_CPU,
    CGROUP_CPUACCT,
    CGROUP_CPUSET,
    CGROUP_MEMORY,
    CGROUP_PIDS,
    CGROUP_FREEZER,
    CGROUP_IO, /* v1: blkio */
    CGROUP_HUGETLB,
    CGROUP_RDMA,
    CGROUP_MISC,
    CGROUP_NET_CLS,  /* v1 alone */
    CGROUP_NET_PRIO, /* v1 alone */
    CGROUP_CONTROLLERS,
};

/* How a failure calls what cannot be set, when cgroup_limits has names of its own. */
enum cgroup_name {
    CGROUP_NAME_MEMORY,
    CGROUP_NAME_SWAP,
    CGROUP_NAME_RESERVATION,
    CGROUP_NAME_QUOTA,
    CGROUP_NAME_PERIOD,
    CGROUP_NAME_SHARES,
    CGROUP_NAME_CPUS,
    CGROUP_NAME_MEMS,
    CGROUP_NAME_PIDS,
    CGROUP_NAMES,
};

/* 0 or NULL = not touched by us; -1 = unlimited. */
struct cgroup_limits {
    int64_t memory_bytes;
    int64_t memory_swap_bytes; /* memory and swap together; 0: twice the memory, or ... */
    bool keep_swap;            /* ... what it is, where no memory_swap_bytes is given */
    int64_t memory_reservation_bytes;
    int64_t cpu_quota_us;   /* docker's --cpus 1.5 is 150000 of a period of 100000 */
    uint64_t cpu_period_us; /* 0: as it is, 100000 in a new group */
    uint64_t cpu_shares;    /* v1's scale, 2..262144, 1024 = one part; v2 gets the weight that it means */
    const char *cpuset_cpus, *cpuset_mems; /* "0-1,3" (cpuset(7) list format) */
    int64_t pids_max;
    const struct cgroup_extra *extra;
    size_t extra_count;
    const char *const *names; /* CGROUP_NAMES of them, or NULL: names in English */
};

struct cgroup_write {
    const char *file, *value; /* one write(2) of the value */
};

/* One more file. Of the two writes of a version the second is made where the first one's file is missing; a
 * version that has none refuses. */
struct cgroup_extra {
    enum cgroup_controller controller;
    const char *what; /* how a failure calls it */
    struct cgroup_write v1[2], v2[2];
    bool optional; /* a kernel, or a machine, without it does as if it were set */
};

struct cgroup_spec {
    bool none;          /* no group of its own: cgroup_create() gives an empty struct */
    const char *parent; /* relative, without "..": "a/b"; NULL: CGROUP_PARENT_DEFAULT */
    const char *id;
    const char *path; /* instead of both: the whole path, relative; NULL: PARENT/ID */
    bool managed;     /* `path` stands already (v2), and whoever made it takes it away: systemd */
    bool everywhere;  /* v1 groups also where no limit needs them: an engine looks for them */
    struct cgroup_limits limits;
};
