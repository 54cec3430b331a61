/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The settings of a container, whoever describes it (compose, Kubernetes, an OCI runtime config), in one
 * shape; and what they mean: NR2xx, NR302. */
#include "audit/input.h"
#include "audit/judge.h"

enum said {
    SAID_NOTHING = -1,
    SAID_NO = 0,
    SAID_YES = 1,
};

struct setting {
    const char *text; /* "SYS_ADMIN", "pid: host" */
    struct place place;
};

struct settings {
    struct setting *items;
    size_t count, capacity;
};

enum mount_type {
    MOUNT_BIND,
    MOUNT_VOLUME,
    MOUNT_TMPFS,
};

struct workload_mount {
    enum mount_type type;
    const char *source, *target; /* source: of the host, as written; NULL: none */
    const char *path;            /* where `source` lies for us: may be looked at; NULL: not known */
    const char *options;         /* tmpfs options, propagation; "" */
    bool read_only;
    struct place place;
};

struct workload {
    enum said privileged, no_new_privs;
    struct place privileged_place, place;
    struct settings cap_add, cap_drop;
    struct settings shared; /* "pid: host", "ipc: host", "network: host" */
    struct settings devices, sysctls;
    struct settings unfenced; /* "seccomp=unconfined" */
    struct workload_mount *mounts;
    size_t mount_count, mount_capacity;
    struct settings ports; /* container ports: "80/tcp" */
    bool host_network, kubernetes;
    bool default_drops_all;                       /* an OCI config says exactly what is there */
    const char *fix_capabilities, *fix_new_privs; /* the line in this input's language */
};

void settings_add(struct arena *arena, struct settings *list, const char *text, struct place place);
void workload_add_mount(struct arena *arena, struct workload *w, struct workload_mount mount);
/* Adds the findings; `j` is what judge_user() found. */
void workload_judge(struct audit *a, struct subject *s, const struct workload *w, const struct judgement *j);
/* Whether a port ("80/tcp", "8080") is below 1024. */
bool port_is_low(const char *port);
