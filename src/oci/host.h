/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What policy and plan have to know of this host. */
#include "oci/runtime.h"
#include "plan/oci.h"
#include "policy/oci_policy.h"

struct host_facts {
    struct oci_host_facts facts; /* points into the rest */
    uint32_t *accounts;
    struct id_extent *taken;
    char *engine_namespace;
    struct id_map *maps; /* the caller's own uid and gid maps, when it is in a user namespace */
};

/* /etc/unroot/policy.json; no file is an empty policy. */
int host_read_policy(struct policy_config *ret_policy, struct failure *failure) must_check;
/* The parts that cost something are read only when the configuration asks for ids of its own. */
int host_read_facts(const struct runtime *rt, const struct oci_config *config, struct host_facts *ret_facts,
                    struct failure *failure) must_check;
/* facts.engine_namespace alone. */
int host_read_namespace(const struct runtime *rt, struct host_facts *h) must_check;
void host_facts_free(struct host_facts *h);
/* The sources of the configuration's binds: an array of config->mount_count, the caller's. */
int host_look_at_sources(const struct oci_config *config, const char *bundle,
                         struct oci_source_facts **ret_sources, struct failure *failure) must_check;
/* The maps (uids, gids: two, in memory of the caller's) of the user namespace at a path. */
int host_read_joined_maps(const char *path, struct id_map **ret_maps, struct failure *failure) must_check;
/* The uid and gid maps of a process: two. */
int host_read_maps(pid_t pid, struct id_map *ret_maps) must_check;
/* This process's bounding set. */
uint64_t host_capabilities(void);
