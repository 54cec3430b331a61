/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/ids.h"

#include "base/number.h"

#include <errno.h>

/* What is listed (container id: host id), and the range for everyone else. */
static int ids_plan_listed(const struct strings *list, uint32_t first, uint32_t size, struct id_map *ret_map)
{
    struct id_map listed = {0}, same;
    struct failure ignored = {0}; /* each word was judged when it was read */
    const struct id_map_request request = {.uidmap = list};
    uint32_t next = 0;
    int r = list->count > 0 ? id_map_parse(&request, &listed, &same, &ignored) : 0;
    id_map_sort(&listed);
    for (size_t i = 0; r == 0 && i < listed.count; i++) {
        struct id_extent e = listed.extents[i];
        uint32_t end = e.inside < size ? e.inside : size;
        if (next < end)
            r = id_map_add(ret_map, (struct id_extent){next, first + next, end - next});
        if (r == 0)
            r = id_map_add(ret_map, e);
        next = e.inside + e.count;
    }
    if (r == 0 && next < size)
        r = id_map_add(ret_map, (struct id_extent){next, first + next, size - next});
    return r;
}

static int ids_plan_auto(const struct ids_question *q, struct start_plan *plan, struct failure *failure)
{
    uint32_t size = q->mode->size ? q->mode->size : RANGE_SIZE;
    if (size > RANGE_SIZE)
        return refuse(failure, -EINVAL, "--userns=auto:size=%u: a container has at most %u ids", size,
                      RANGE_SIZE);
    int r = ids_plan_listed(&q->mode->uid_mappings, q->range_first, size, &plan->file_uids);
    if (r == 0)
        r = ids_plan_listed(&q->mode->gid_mappings, q->range_first, size, &plan->file_gids);
    return r < 0 ? fail(failure, r, "--userns=auto") : 0;
}

struct kept_id {
    uint32_t inside, host;
};

/* Everyone keeps the range's id but one, who is the person on the host. */
static int ids_keep_one(struct id_map *map, struct kept_id kept, uint32_t first, uint32_t size)
{
    uint32_t inside = kept.inside;
    int r = inside > 0 ? id_map_add(map, (struct id_extent){0, first, inside}) : 0;
    if (r == 0)
        r = id_map_add(map, (struct id_extent){inside, kept.host, 1});
    if (r == 0 && inside + 1 < size)
        r = id_map_add(map, (struct id_extent){inside + 1, first + inside + 1, size - inside - 1});
    return r;
}

static int ids_plan_keep(const struct ids_question *q, struct start_plan *plan, struct failure *failure)
{
    uint32_t uid = q->mode->has_uid ? q->mode->uid : q->caller_uid;
    uint32_t gid = q->mode->has_gid ? q->mode->gid : q->caller_gid;
    if (q->caller_uid == 0 || q->caller_gid == 0)
        return refuse(failure, -EPERM,
                      "--userns=keep-id keeps the id of the person who starts the container, and that is "
                      "root here: start it through sudo from an ordinary account");
    uint32_t size = q->mode->size ? q->mode->size : RANGE_SIZE;
    if (size > RANGE_SIZE)
        return refuse(failure, -EINVAL, "--userns=keep-id:size=%u: a container has at most %u ids", size,
                      RANGE_SIZE);
    if (uid >= size || gid >= size)
        return refuse(failure, -EINVAL,
                      "--userns=keep-id: %u:%u is outside of the container's %u ids: add uid= and gid=", uid,
                      gid, size);
    int r = ids_keep_one(&plan->file_uids, (struct kept_id){uid, q->caller_uid}, q->range_first, size);
    if (r == 0)
        r = ids_keep_one(&plan->file_gids, (struct kept_id){gid, q->caller_gid}, q->range_first, size);
    return r < 0 ? fail(failure, r, "--userns=keep-id") : 0;
}

static int ids_plan_explicit(const struct ids_question *q, struct start_plan *plan, struct failure *failure)
{
    struct id_map_request request = {
        .uidmap = q->uidmap,
        .gidmap = q->gidmap,
        .base_uids = q->subordinate_uids,
        .base_gids = q->subordinate_gids,
    };
    return id_map_parse(&request, &plan->file_uids, &plan->file_gids, failure);
}

static int ids_plan_kind(const struct ids_question *q, struct start_plan *plan, struct failure *failure)
{
    if (q->uidmap->count > 0 || q->gidmap->count > 0)
        return ids_plan_explicit(q, plan, failure);
    if (q->subordinate_uids && q->subordinate_gids) {
        plan->file_uids = *q->subordinate_uids;
        plan->file_gids = *q->subordinate_gids;
        return 0;
    }
    switch (q->mode->kind) {
    case USERNS_HOST:
        plan->file_uids = plan->file_gids = (struct id_map){.count = 1, .extents = {{0, 0, RANGE_SIZE}}};
        return 0;
    case USERNS_KEEP_ID:
        return ids_plan_keep(q, plan, failure);
    case USERNS_AUTO:
    case USERNS_NOMAP:
        return ids_plan_auto(q, plan, failure);
    case USERNS_REMAP:
    case USERNS_CONTAINER:
    case USERNS_PATH:
        break;
    }
    return refuse(failure, -EINVAL, "no id map for this --userns");
}

int ids_plan_files(const struct ids_question *question, struct start_plan *plan, struct failure *failure)
{
    plan->file_uids = plan->file_gids = (struct id_map){0};
    int r = ids_plan_kind(question, plan, failure);
    if (r < 0)
        return r;
    /* --userns=host maps files like this too, but its payload only ever gets its own ids. */
    if (question->mode->kind != USERNS_HOST)
        r = host_ids_allow(&plan->file_uids, "uid map", failure);
    if (r == 0 && question->mode->kind != USERNS_HOST)
        r = host_ids_allow(&plan->file_gids, "gid map", failure);
    if (r < 0)
        return r;
    uint32_t uid, gid;
    if (!id_map_to_outside(&plan->file_uids, 0, &uid) || !id_map_to_outside(&plan->file_gids, 0, &gid))
        return refuse(failure, -EINVAL,
                      "the id map leaves out id 0, which the files of every image belong to: map it (it "
                      "does not give the container a root user)");
    plan->host_base = uid;
    plan->host_group_base = gid;
    return 0;
}

/* The map without one inside id. */
static int ids_copy_without(const struct id_map *from, uint32_t inside, struct id_map *ret_map)
{
    for (size_t i = 0; i < from->count; i++) {
        struct id_extent e = from->extents[i];
        int r = 0;
        if (inside < e.inside || inside - e.inside >= e.count) {
            r = id_map_add(ret_map, e);
        } else {
            uint32_t before = inside - e.inside, after = e.count - before - 1;
            if (before > 0)
                r = id_map_add(ret_map, (struct id_extent){e.inside, e.outside, before});
            if (r == 0 && after > 0)
                r = id_map_add(ret_map, (struct id_extent){inside + 1, e.outside + before + 1, after});
        }
        if (r < 0)
            return r;
    }
    return 0;
}

static bool ids_has_group(const struct identity *user, uint32_t gid)
{
    for (size_t i = 0; i < user->group_count; i++)
        if (user->groups[i] == gid)
            return true;
    return user->gid == gid;
}

/* Only the user's own ids, unchanged: what --userns=host means without giving up the user namespace. */
static int ids_plan_own(const struct identity *user, struct start_plan *plan, struct failure *failure)
{
    struct id_extent own = {user->uid, user->uid, 1};
    int r = id_map_add(&plan->uids, own);
    if (r == 0)
        r = id_map_add(&plan->gids, (struct id_extent){user->gid, user->gid, 1});
    for (size_t i = 0; r == 0 && i < user->group_count; i++)
        if (user->groups[i] != user->gid)
            r = id_map_add(&plan->gids, (struct id_extent){user->groups[i], user->groups[i], 1});
    if (r < 0)
        return fail(failure, r, "the id map of %u:%u", user->uid, user->gid);
    r = host_ids_allow(&plan->uids, "uid map", failure);
    return r < 0 ? r : host_ids_allow(&plan->gids, "gid map", failure);
}

int ids_plan_payload(enum root_mode mode, bool host_ids, const struct identity *user, struct start_plan *plan,
                     struct failure *failure)
{
    plan->uids = plan->gids = (struct id_map){0};
    if (host_ids)
        return ids_plan_own(user, plan, failure);
    if (mode == ROOT_MODE_MAPPED) {
        plan->uids = plan->file_uids;
        plan->gids = plan->file_gids;
        return 0;
    }
    int r = ids_copy_without(&plan->file_uids, 0, &plan->uids);
    if (r == 0 && ids_has_group(user, 0))
        plan->gids = plan->file_gids;
    else if (r == 0)
        r = ids_copy_without(&plan->file_gids, 0, &plan->gids);
    return r < 0 ? fail(failure, r, "the id map of mode none") : 0;
}

uint32_t ids_later_user(const struct strings *environment, uint32_t id, const char *kind)
{
    static const char *const names[][2] = {
        {"PUID", "PGID"}, {"USER_ID", "GROUP_ID"}, {"USER_UID", "USER_GID"}, {"USERMAP_UID", "USERMAP_GID"},
        {"UID", "GID"},
    };
    for (size_t i = 0; id == 0 && i < ARRAY_SIZE(names); i++) {
        const char *name = names[i][streq(kind, "GID")];
        const char *value = strings_get_variable(environment, name);
        uint32_t later;
        if (value && number_parse_id(value, &later) == 0 && later < RANGE_SIZE)
            return later;
    }
    return id;
}
