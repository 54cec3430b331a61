/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* From what was asked for, the image and the user to a complete plan. Pure: what the host knows is in the
 * input. */
#include "formats/capability.h"
#include "formats/image_config.h"
#include "formats/security_opt.h"
#include "formats/user_spec.h"
#include "plan/request.h"
#include "plan/start.h"
#include "policy/root_mode.h"

struct settle_input {
    const struct container_request *request;
    const struct image_config *image;
    const struct identity *user;
    const struct security_options *security;
    enum root_mode root_mode;
    uint64_t available_capabilities; /* the engine's own bounding set */
    bool host_network;
    /* Whose /dev/shm is shared, and the map from its ids of files to ours (NULL: the same ids); 0: nobody's.
     */
    pid_t shm_of;
    const struct id_map *shm_uids, *shm_gids;
    const char *init_program;   /* path on the host; NULL without --init */
    const char *passwd, *group; /* whole files with synthesised lines; NULL: the image's are enough */
};

/* unroot-init acts as tini under this name: it also starts a program that is root inside. */
#define SETTLE_INIT_PATH "/dev/docker-init"

/* argv, environment, ids, capabilities, limits into plan->process. -EINVAL .. with a sentence. */
int settle_process(const struct settle_input *input, struct start_plan *plan,
                   struct failure *failure) must_check;
/* The mounts that every container has and those of --tmpfs and --read-only, devices, masks, sysctls. Binds
 * and volumes, which need to look at the host, are added by the engine afterwards. */
int settle_tree(const struct settle_input *input, struct start_plan *plan,
                struct failure *failure) must_check;
/* One --tmpfs or --mount type=tmpfs. */
struct mount_spec;
int settle_tmpfs(const struct mount_spec *spec, struct start_plan *plan, struct failure *failure) must_check;
/* A file of ours over `target`, owned by the container's root; nothing happens for a NULL text. 0 or -ENOMEM.
 */
int settle_text_file(struct start_plan *plan, const char *target, const char *text) must_check;
