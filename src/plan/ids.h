/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which host ids a container has. USERS-AND-PRIVILEGES section 2, DESIGN 3. */
#include "formats/user_spec.h"
#include "formats/userns_mode.h"
#include "plan/start.h"
#include "policy/root_mode.h"

struct ids_question {
    const struct userns_mode *mode;
    uint32_t range_first; /* the container's own range of RANGE_SIZE ids */
    const struct id_map *subordinate_uids,
        *subordinate_gids;                 /* remap, --subuidname: counted from 0; NULL: none */
    const struct strings *uidmap, *gidmap; /* --uidmap, --gidmap */
    uint32_t caller_uid, caller_gid;       /* keep-id: the person (through sudo too) */
};

/* Fills plan->file_uids, file_gids and host_base. Not for container: and ns: (their maps are another's).
 * -EINVAL, -EPERM (host id 0 asked for) with a sentence. */
int ids_plan_files(const struct ids_question *question, struct start_plan *plan,
                   struct failure *failure) must_check;
/* Fills plan->uids and gids: the file maps; in mode none without uid 0, and without gid 0 unless the user has
 * that group. */
int ids_plan_payload(enum root_mode mode, bool host_ids, const struct identity *user, struct start_plan *plan,
                     struct failure *failure) must_check;
/* The id that the container's files are for: `id` itself, or, where that is 0, what the image is told to
 * become: PUID, USER_ID, USER_UID, USERMAP_UID, UID of the environment (`kind` "UID"; PGID .. for "GID"). */
uint32_t ids_later_user(const struct strings *environment, uint32_t id, const char *kind);
