/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What `create` and `exec` are asked for, as words of the field: strings are kept as docker's flags spell
 * them and are parsed (formats/) when the request is checked. All strings are owned by the struct. */
#include "base/strings.h"

#include <stdbool.h>
#include <stdint.h>

struct container_request {
    char *image;               /* reference or id; what the container is made of */
    char *name;                /* NULL: one is chosen */
    char *hostname;            /* NULL: the first 12 digits of the id */
    struct strings command;    /* replaces the image's CMD when not empty */
    struct strings entrypoint; /* replaces the image's ENTRYPOINT when entrypoint_set */
    bool entrypoint_set;
    struct strings environment; /* NAME=VALUE; later ones win */
    struct strings labels;      /* NAME=VALUE */
    struct strings annotations; /* NAME=VALUE */
    char *workdir, *user, *umask, *stop_signal;
    struct strings group_add;
    uint32_t stop_timeout_seconds; /* UINT32_MAX: the default of 10 */
    bool interactive, tty, auto_remove, init, read_only, privileged;
    bool starts_now; /* not kept: the same process starts it next, so a --rm container goes if that process is
                        killed */
    bool detach;     /* only recorded; whoever starts it decides */
    char *detach_keys; /* NULL: "ctrl-p,ctrl-q" */

    struct strings volumes; /* -v [SRC:]DST[:opts] */
    struct strings mounts;  /* --mount type=..,.. */
    struct strings tmpfs;   /* DST[:opts] */
    struct strings devices; /* H[:C[:rwm]] */
    struct strings secrets; /* src=FILE,target=..,uid=,gid=,mode= */

    char *network;          /* none | host | default | container:ID; NULL = default */
    struct strings publish; /* [IP:][HOST:]CONTAINER[/udp] */
    bool publish_all;
    struct strings dns, dns_search, add_hosts; /* add_hosts: NAME:IP */

    char *memory, *memory_swap, *memory_reservation, *cpus, *cpuset_cpus, *cpuset_mems,
        *shm_size;                       /* as spelled */
    uint64_t cpu_shares;                 /* 0 = unset */
    int64_t pids_limit;                  /* 0 = unset, -1 = unlimited */
    uint64_t cpu_period;                 /* microseconds; 0 = unset */
    int64_t cpu_quota;                   /* 0 = unset, -1 = unlimited */
    uint32_t blkio_weight;               /* 0 = unset */
    struct strings blkio_weight_devices; /* /dev/sda:500 */
    struct strings device_read_bps, device_write_bps, device_read_iops, device_write_iops; /* /dev/sda:1mb */
    char *memory_swappiness; /* NULL, -1: as the host's */
    bool oom_kill_disable;
    int oom_score_adj;
    char *cgroup_parent;
    struct strings ulimits; /* NAME=SOFT[:HARD] */
    struct strings sysctls; /* NAME=VALUE */

    struct strings cap_add, cap_drop, security_opt;
    char *userns; /* auto | remap[:USER] | host | keep-id[:..] | container:ID | ns:PATH; NULL = auto */
    struct strings uidmap, gidmap; /* podman's syntax */
    char *subuidname, *subgidname;
    char *root_mode;        /* none | mapped; NULL: as the image's user asks */
    char *ipc, *pid;        /* NULL = private; container:ID */
    char *log_max_size;     /* NULL = 10m */
    uint32_t log_max_files; /* 0 = 5 */
};

struct exec_request {
    char *container; /* name or id or unique prefix */
    struct strings command;
    struct strings environment;
    char *user, *workdir, *detach_keys;
    bool interactive, tty, detach, privileged;
};

void container_request_free(struct container_request *r);
void exec_request_free(struct exec_request *r);
