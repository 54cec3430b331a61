/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* config.json of a bundle (runtime-spec 1.2 and the fields of 1.3) as one struct. Every member is read into
 * it or reported with its line and path; nothing is ignored silently. */
#include "formats/oci_mount.h"
#include "formats/oci_process.h"
#include "formats/oci_resources.h"
#include "formats/seccomp_profile.h"

enum oci_namespace_kind {
    OCI_NAMESPACE_CGROUP,
    OCI_NAMESPACE_IPC,
    OCI_NAMESPACE_MOUNT,
    OCI_NAMESPACE_NETWORK,
    OCI_NAMESPACE_PID,
    OCI_NAMESPACE_TIME,
    OCI_NAMESPACE_USER,
    OCI_NAMESPACE_UTS,
    OCI_NAMESPACE_COUNT,
};

struct oci_namespace {
    bool given; /* false: the container stays in the runtime's */
    char *path; /* NULL: a new one; else absolute: the one to join */
};

enum oci_hook_kind {
    OCI_HOOK_PRESTART,
    OCI_HOOK_CREATE_RUNTIME,
    OCI_HOOK_CREATE_CONTAINER,
    OCI_HOOK_START_CONTAINER,
    OCI_HOOK_POSTSTART,
    OCI_HOOK_POSTSTOP,
    OCI_HOOK_COUNT,
};

struct oci_hook {
    char *path;                       /* absolute */
    struct strings args, environment; /* args: argv with argv[0]; empty: path alone */
    struct oci_i64 timeout_seconds;   /* above 0 */
};

struct oci_hooks {
    struct oci_hook *items;
    size_t count;
};

struct oci_device {
    char type;  /* 'c', 'b', 'p'; 'u' is read as 'c' */
    char *path; /* absolute, cleaned */
    int64_t major, minor;
    struct oci_u32 mode, uid, gid; /* mode: permission bits */
};

struct oci_time_offset {
    bool given;
    int64_t seconds;
    uint32_t nanoseconds;
};

/* set_mempolicy(2) */
struct oci_memory_policy {
    bool given;
    int mode;       /* MPOL_* */
    unsigned flags; /* MPOL_F_* */
    char *nodes;    /* list as in cpuset(7); NULL: none */
};

struct oci_net_device {
    char *host_name;
    char *name; /* inside; "eth%d": the first number that is free; NULL: the same */
};

struct oci_linux {
    struct oci_namespace namespaces[OCI_NAMESPACE_COUNT];
    struct oci_mappings uids, gids; /* inside: containerID, outside: hostID */
    struct oci_time_offset boottime, monotonic;
    struct oci_device *devices;
    size_t device_count;
    char *cgroups_path; /* NULL: the runtime chooses; "/a/b", "a/b" or, for systemd, "slice:prefix:name" */
    struct oci_resources resources;
    unsigned long rootfs_propagation; /* MS_SHARED.. with MS_REC; 0: not given */
    bool has_seccomp;
    struct seccomp_profile seccomp;
    struct strings sysctls;                      /* NAME=VALUE, dots as written */
    struct strings masked_paths, readonly_paths; /* absolute */
    char *mount_label;
    struct oci_u32 personality; /* PER_LINUX, PER_LINUX32 */
    struct oci_memory_policy memory_policy;
    struct oci_net_device *net_devices;
    size_t net_device_count;
};

struct oci_config {
    char *version;   /* ociVersion, 1.x */
    char *root_path; /* as written: relative ones stand below the bundle */
    bool root_readonly;
    bool has_process;
    struct oci_process process;
    char *hostname, *domainname; /* NULL: as it is */
    struct oci_mount *mounts;    /* in the order of mounting */
    size_t mount_count;
    struct oci_hooks hooks[OCI_HOOK_COUNT];
    struct oci_linux platform;  /* the member "linux": a macro to some compilers */
    struct strings annotations; /* NAME=VALUE, sorted */
};

/* Reads a document; `name` stands in places ("config.json"). Refused (errors): another type than the
 * specification's, floats, duplicate keys, ids outside 0..4294967294, members that we know and do not
 * support, and what contradicts itself (oci_config_check.c). Warnings: members and capabilities that are not
 * known. 0, -EINVAL (errors were added), -ENOMEM; the caller frees *ret_config. */
int oci_config_parse(const char *name, const char *data, size_t size, const struct oci_reports *reports,
                     struct oci_config *ret_config) must_check;
void oci_config_free(struct oci_config *c);
#define autociconfig __attribute__((cleanup(oci_config_free)))

/* "cgroup", "network" ..; "prestart", "createRuntime" ..: as the configuration spells them. Static. */
const char *oci_namespace_name(enum oci_namespace_kind kind);
const char *oci_hook_name(enum oci_hook_kind kind);
/* "MPOL_BIND" .., "MPOL_F_STATIC_NODES" ..: the i-th that the reader knows; NULL behind the last. Static. */
const char *oci_memory_mode_name(size_t i);
const char *oci_memory_flag_name(size_t i);
/* VALUE of an annotation, or NULL; lent. */
const char *oci_annotation(const struct oci_config *c, const char *name);
