/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/ids.h"
#include "plan/oci_parts.h"

#include <errno.h>

bool oci_has_own_ids(const struct oci_decision *decision)
{
    return decision->ids != OCI_IDS_HOST && decision->ids != OCI_IDS_INHERITED;
}

/* The process and its groups must be mapped: setresuid(2) of an unmapped id fails late and without a reason.
 */
static int check_identity(const struct oci_process *process, const struct id_map *uids,
                          const struct id_map *gids, struct failure *failure)
{
    uint32_t outside;
    if (uids->count > 0 && !id_map_to_outside(uids, process->user.uid, &outside))
        return refuse(failure, -EINVAL, "process.user.uid: %u is not among the container's ids",
                      process->user.uid);
    if (gids->count > 0 && !id_map_to_outside(gids, process->user.gid, &outside))
        return refuse(failure, -EINVAL, "process.user.gid: %u is not among the container's ids",
                      process->user.gid);
    for (size_t i = 0; gids->count > 0 && i < process->user.group_count; i++)
        if (!id_map_to_outside(gids, process->user.groups[i], &outside))
            return refuse(failure, -EINVAL,
                          "process.user.additionalGids[%zu]: %u is not among the container's ids", i,
                          process->user.groups[i]);
    return 0;
}

static int plan_range(const struct oci_plan_input *input, struct oci_plan *plan, struct failure *failure)
{
    const struct oci_process *process = &input->config->process;
    struct start_plan *start = &plan->start;
    struct id_map range = {.count = 1, .extents = {{0, input->range_first, RANGE_SIZE}}};
    if (input->range_first < RANGE_SIZE || input->range_first > ID_MAP_ID_MAX - RANGE_SIZE)
        return refuse(failure, -EINVAL, "no range of ids was given for the container");
    start->file_uids = start->file_gids = range;
    start->host_base = start->host_group_base = input->range_first;
    plan->root_idmapped = true;
    plan->root_uids = plan->root_gids = range;
    struct identity user = {.uid = process->user.uid,
                            .gid = process->user.gid,
                            .groups = process->user.groups,
                            .group_count = process->user.group_count};
    enum root_mode mode = input->decision->without_root ? ROOT_MODE_NONE : ROOT_MODE_MAPPED;
    return ids_plan_payload(mode, false, &user, start, failure);
}

static int copy_mappings(const struct oci_mappings *mappings, struct id_map *ret_map)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < mappings->count; i++)
        r = id_map_add(ret_map, mappings->items[i]);
    return r;
}

/* Whom files of ours belong to: the container's root, or the first id that it has. */
static uint32_t base_of(const struct id_map *map)
{
    uint32_t base;
    if (id_map_to_outside(map, 0, &base))
        return base;
    return map->count > 0 ? map->extents[0].outside : 0;
}

/* An engine that names another container's user namespace may repeat its mappings. */
static int check_joined(const struct oci_mappings *given, const struct id_map *joined, const char *member,
                        struct failure *failure)
{
    bool same = true;
    for (size_t i = 0; same && i < given->count; i++) {
        struct id_extent e = given->items[i];
        uint32_t first = 0, last = 0;
        same = id_map_to_outside(joined, e.inside, &first) && first == e.outside &&
               id_map_to_outside(joined, e.inside + (e.count - 1), &last) &&
               last == e.outside + (e.count - 1);
    }
    return same ? 0 : refuse(failure, -EINVAL, "linux.%s is not what the user namespace to join has", member);
}

static int plan_given(const struct oci_plan_input *input, struct oci_plan *plan, struct failure *failure)
{
    const struct oci_linux *l = &input->config->platform;
    struct start_plan *start = &plan->start;
    bool joined = input->decision->ids == OCI_IDS_JOINED;
    if (joined && (!input->joined_uids || !input->joined_gids))
        return refuse(failure, -EINVAL, "the maps of the user namespace to join are not known");
    if (joined) {
        int r = check_joined(&l->uids, input->joined_uids, "uidMappings", failure);
        if (r == 0)
            r = check_joined(&l->gids, input->joined_gids, "gidMappings", failure);
        if (r < 0)
            return r;
        start->uids = *input->joined_uids;
        start->gids = *input->joined_gids;
    } else {
        int r = copy_mappings(&l->uids, &start->uids);
        if (r == 0)
            r = copy_mappings(&l->gids, &start->gids);
        if (r < 0)
            return fail(failure, r, "linux.uidMappings, linux.gidMappings");
    }
    bool host_ids =
        input->decision->exceptions & (UINT64_C(1) << POLICY_HOST_IDS | UINT64_C(1) << POLICY_HOST_ROOT);
    if (input->decision->initial_userns && !host_ids) {
        int r = host_ids_allow(&start->uids, joined ? "joined user namespace" : "linux.uidMappings", failure);
        if (r == 0)
            r = host_ids_allow(&start->gids, joined ? "joined user namespace" : "linux.gidMappings", failure);
        if (r < 0)
            return r;
    }
    start->file_uids = start->uids;
    start->file_gids = start->gids;
    start->host_base = base_of(&start->uids);
    start->host_group_base = base_of(&start->gids);
    return 0;
}

int oci_plan_ids(const struct oci_plan_input *input, struct oci_plan *plan, struct failure *failure)
{
    int r = 0;
    switch (input->decision->ids) {
    case OCI_IDS_RANGE:
        r = plan_range(input, plan, failure);
        break;
    case OCI_IDS_CONFIG:
    case OCI_IDS_JOINED:
        r = plan_given(input, plan, failure);
        break;
    case OCI_IDS_INHERITED: /* no maps: the ids are the runtime's */
    case OCI_IDS_HOST:
        break;
    }
    if (r == 0 && input->config->has_process)
        r = check_identity(&input->config->process, &plan->start.uids, &plan->start.gids, failure);
    return r;
}
