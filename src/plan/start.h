/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Everything one start will do, as plain data: the runtime carries it out and decides nothing. */
#include "base/strings.h"
#include "formats/id_map.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define STORAGE_BASE 2147352576u /* on disk: this + the container's id; systemd UIDS-GIDS "foreign" range */
#define RANGE_SIZE 65536u

enum mount_origin {
    MOUNT_OF_PATH,    /* a path of the host, opened before anything of the container is touched */
    MOUNT_OF_STORAGE, /* a folder below storage/ (volumes), or a file of a build */
    MOUNT_OF_TMPFS,
    MOUNT_OF_PROCESS, /* the tmpfs that another container has there */
    MOUNT_OF_TEXT,    /* a small file with given content */
    MOUNT_OF_PROC,
    MOUNT_OF_SYSFS,
    MOUNT_OF_MQUEUE,
    MOUNT_OF_CGROUP,
    MOUNT_OF_DEVPTS,
    MOUNT_OF_FILESYSTEM, /* any other type, by fsopen(2) */
    MOUNT_OF_REMOUNT,    /* what is at target already gets other attributes */
};

struct mount_plan {
    enum mount_origin origin;
    char *source;               /* MOUNT_OF_PATH: absolute; MOUNT_OF_STORAGE: relative to storage/ */
    pid_t process;              /* MOUNT_OF_PROCESS: one of that container; `source` is the path there */
    char *target;               /* absolute, in the container */
    uint64_t attributes;        /* MOUNT_ATTR_* */
    bool recursive;             /* with the mounts below the source */
    uint64_t propagation;       /* MS_PRIVATE .. */
    struct id_map *uids, *gids; /* idmap: id on disk -> host id; NULL: none */
    char *text;                 /* MOUNT_OF_TEXT: the content */
    size_t text_size;           /* bytes of it */
    uint32_t mode;              /* MOUNT_OF_TEXT, MOUNT_OF_TMPFS: permission bits */
    uint32_t uid, gid;          /* MOUNT_OF_TEXT, MOUNT_OF_TMPFS: owner, host ids */
    uint64_t size, inodes;      /* MOUNT_OF_TMPFS: bytes and files; 0 = no limit given */
    bool copy_up;               /* MOUNT_OF_STORAGE: an empty folder takes the image's content and owner */
    bool chown;                 /* the whole source is given to uid:gid (podman's U) */
    /* Of an OCI configuration alone: */
    char *type;                 /* MOUNT_OF_FILESYSTEM: its name for fsopen(2) */
    struct strings flags, data; /* NAME (FSCONFIG_SET_FLAG); NAME or NAME=VALUE for the file system */
    bool file_system_read_only; /* the file system itself, not only this mount of it */
    uint64_t cleared;           /* MOUNT_ATTR_* to take away (rw, suid ..) */
    uint64_t recursive_set, recursive_cleared; /* MOUNT_ATTR_* with AT_RECURSIVE (rro ..) */
    unsigned long *propagations;               /* MS_*, one after the other; instead of `propagation` */
    size_t propagation_count;
    bool idmap_recursive; /* ridmap: the mounts below too */
    bool idmap_optional;  /* nobody asked for it: what the kernel cannot idmap is mounted as it is */
    bool copy_up_image;   /* tmpcopyup: a tmpfs begins with what the image has there */
};

struct device_plan {
    char *path;    /* absolute, below /dev */
    uint32_t type; /* S_IFCHR, S_IFBLK or S_IFIFO */
    uint32_t major, minor, mode;
    uint32_t uid, gid; /* host ids */
};

struct rlimit_plan {
    int resource;
    uint64_t soft, hard; /* RLIM_INFINITY: UINT64_MAX */
};

struct process_plan {
    struct strings argv, environment;
    char *workdir;
    bool create_workdir; /* the person asked for it (-w): made for the user when missing */
    uint32_t uid, gid;   /* inside */
    uint32_t *groups;
    size_t group_count;
    uint64_t bounding, permitted,
        ambient; /* effective = inheritable: permitted and ambient; bits of capability.h */
    bool no_new_privs;
    bool dies_with_parent; /* SIGKILL when the process that made it ends */
    bool tty;
    bool has_umask;
    uint32_t umask;
    int oom_score_adj;
    bool has_oom_score_adj;
    struct rlimit_plan *rlimits;
    size_t rlimit_count;
    /* Of an OCI configuration alone: */
    bool sets_given; /* effective and inheritable count (an OCI configuration names all five sets) */
    uint64_t effective, inheritable;
    uint32_t console_height, console_width; /* 0: not given */
    void *filter;                           /* struct sock_filter[filter_count]; NULL: unconfined */
    size_t filter_count;
    uint32_t filter_flags; /* SECCOMP_FILTER_FLAG_* */
    bool listens;          /* the filter asks a listener: it comes last, and nothing is called behind it */
};

struct rootfs_plan {
    struct strings layers; /* top first, relative to storage/ */
    char *upper, *work;    /* relative to storage/; upper NULL: read-only without a writable layer */
    bool read_only, is_volatile, nosuid;
    bool self_contained; /* the writable layer becomes a lower one: nothing in it refers to what is below */
};

/* Namespaces that the container does not get anew but joins; -EBADF: it gets its own. */
struct namespace_plan {
    bool host_network;
    pid_t network_of, ipc_of, pid_of, user_of; /* a process whose namespace is joined; 0: own */
};

struct start_plan {
    char *id, *hostname, *domainname; /* NULL: as it is */
    struct id_map file_uids,
        file_gids; /* every id that files may have: container id -> host id, 0 included */
    uint32_t host_base, host_group_base; /* the host ids of container id 0 on files */
    struct id_map uids, gids; /* of the payload's user namespace: file_* without what does not exist inside */
    struct rootfs_plan rootfs;
    struct namespace_plan namespaces;
    struct mount_plan *mounts; /* in the order of attaching */
    size_t mount_count;
    struct device_plan *devices;
    size_t device_count;
    struct strings masked, read_only_paths; /* absolute, in the container */
    struct strings sysctls;                 /* NAME=VALUE, namespaced ones only */
    struct process_plan process;
};

void mount_plan_free(struct mount_plan *m);
void process_plan_free(struct process_plan *p);
void start_plan_free(struct start_plan *p);
/* Appends and takes over what m owns, also on failure. 0 or -ENOMEM. */
int start_plan_add_mount(struct start_plan *p, struct mount_plan *m) must_check;
int start_plan_add_device(struct start_plan *p, struct device_plan *d) must_check;
/* A sysctl of a namespace that the container has for itself: NAME=VALUE. kernel.domainname becomes
 * `domainname`: the kernel lets only the host's root write that file, but setdomainname(2) goes by the
 * namespace's owner. 0 or -ENOMEM. */
int start_plan_add_sysctl(struct start_plan *p, const char *assignment) must_check;
