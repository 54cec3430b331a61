/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* From an OCI configuration and the policy's decision to a complete plan of the start. Pure: what the host
 * knows is in the input. */
#include "plan/start.h"
#include "policy/oci_policy.h"

/* What the runtime found out about the source of mounts[i] of the configuration. */
struct oci_source_facts {
    bool known;        /* a bind whose source could be opened */
    uint32_t uid, gid; /* its owner */
    bool is_file;      /* not a folder */
    bool idmappable;   /* its file system can be idmapped (KERNEL.md "Volumes") and is not so already */
};

struct oci_plan_input {
    const struct oci_config *config;
    const struct oci_decision *decision;
    const char *id;       /* of the container */
    const char *bundle;   /* absolute folder: relative sources and the root stand below it */
    uint32_t range_first; /* OCI_IDS_RANGE: first host id of the container's own RANGE_SIZE ids */
    const struct oci_source_facts *sources;         /* config->mount_count of them */
    const struct id_map *joined_uids, *joined_gids; /* OCI_IDS_JOINED: that namespace's maps; else NULL */
    uint64_t available_capabilities;                /* the runtime's own bounding set */
};

enum oci_place {
    OCI_PLACE_HOST, /* stays in the runtime's namespace */
    OCI_PLACE_NEW,
    OCI_PLACE_JOIN, /* the one at path */
};

struct oci_plan {
    struct start_plan start; /* mounts in the order of the configuration; devices: the defaults and its own */
    enum oci_place places[OCI_NAMESPACE_COUNT];
    const char *paths[OCI_NAMESPACE_COUNT]; /* OCI_PLACE_JOIN; lent by the configuration; NULL: the one that
                                               the caller has opened */
    char *root;                             /* absolute on the host */
    bool root_readonly;
    bool root_idmapped; /* its files are stored with plain ids: idmap (or rebuild) it with root_uids,
                           root_gids */
    struct id_map root_uids, root_gids; /* id on disk -> host id */
    unsigned long root_propagation;     /* MS_*; 0: MS_SLAVE | MS_REC outside, MS_PRIVATE for the root */
    /* Lent: what needs no translation (hooks, resources, control group, scheduler ..) is read there. */
    const struct oci_config *config;
    const struct oci_decision *decision;
    /* What was left out or done otherwise: one sentence each, for the log at level warning. */
    struct strings notes;
};

/* 0, -EINVAL, -EPERM with a sentence, -ENOMEM. The caller frees *ret_plan, which must not outlive
 * input->config and input->decision. */
int oci_plan_make(const struct oci_plan_input *input, struct oci_plan *ret_plan,
                  struct failure *failure) must_check;
void oci_plan_free(struct oci_plan *p);
#define autociplan __attribute__((cleanup(oci_plan_free)))

/* A process that `exec` adds, for the container that `start` was made for (its ids and sets): argv,
 * environment, ids, groups, capabilities, limits. -EINVAL, -EPERM (uid 0 without root), -ENOMEM. */
int oci_plan_process(const struct oci_process *process, const struct oci_plan_input *input,
                     struct process_plan *ret_process, struct failure *failure) must_check;
