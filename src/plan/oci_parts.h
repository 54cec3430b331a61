/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The parts of oci_plan_make(); used by plan/oci*.c only. All: 0, -EINVAL, -EPERM with a sentence, -ENOMEM.
 */
#include "plan/oci.h"

/* file_uids .. gids, host_base and the root's maps. */
int oci_plan_ids(const struct oci_plan_input *input, struct oci_plan *plan,
                 struct failure *failure) must_check;
/* Of item `index` of the configuration's mounts. */
int oci_plan_mount(const struct oci_plan_input *input, size_t index, struct oci_plan *plan,
                   struct failure *failure) must_check;
int oci_plan_devices(const struct oci_plan_input *input, struct oci_plan *plan,
                     struct failure *failure) must_check;

/* The map of a bind's files (docs/decisions/0011): id on disk -> host id. */
struct oci_bind_question {
    enum policy_binds binds;
    const struct id_map *container; /* inside id -> host id */
    uint32_t owner, user;           /* of the source on disk, of the process inside: uids, or gids */
    bool of_system;                 /* the source is the host's own system, not a volume */
    bool kept; /* an engine keeps it for containers: no user of the host has a part in it */
};
int oci_bind_map(const struct oci_bind_question *question, struct id_map *ret_map,
                 struct failure *failure) must_check;
/* Whether `source` is, or is in, what an engine keeps for its containers: volumes, hosts, resolv.conf. */
bool oci_bind_is_kept(const char *source);
/* Whether host files below `source` are the system's rather than what engines keep for containers. */
bool oci_bind_is_of_system(const char *source);

/* The namespace `kind` is the runtime's own, not the container's. */
static inline bool oci_stays_outside(const struct oci_plan *plan, enum oci_namespace_kind kind)
{
    return plan->places[kind] == OCI_PLACE_HOST;
}
/* The container has a user namespace that the runtime is not in. */
bool oci_has_own_ids(const struct oci_decision *decision);
