/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One start as the engine sees it: what the hooks of the supervisor need. Everything is prepared before the
 * fork; what only the mounted image can tell is settled in the supervisor. */
#include "engine/lookup.h"
#include "engine/mount_list.h"
#include "engine/network.h"
#include "formats/network_mode.h"
#include "formats/port_spec.h"
#include "formats/security_opt.h"
#include "formats/user_spec.h"
#include "formats/userns_mode.h"
#include "plan/settle.h"
#include "runtime/supervisor.h"
#include "store/image.h"

struct start {
    struct engine *engine;
    struct container_record record;
    struct image image;
    struct mount_list mounts;
    struct security_options security;
    struct userns_mode userns;
    struct network_mode network;
    struct port_list ports;
    struct start_plan plan;
    struct identity user;
    struct accounts_text accounts; /* the image's passwd and group, while the plan is settled; lent */
    enum root_mode root_mode;
    bool build_step; /* docker's rules for the user, and nothing of ours is put into the image's files */
    pid_t shm_of;    /* process 1 of the container whose /dev/shm is shared, 0: none */
    bool shm_mapped; /* its files have other ids: the maps from them to ours */
    struct id_map shm_uids, shm_gids;
    bool own_ids;                 /* --userns=host: ids inside are the host's, so mounts need no map */
    struct container_state state; /* filled on the way, written when the payload runs */
    const struct container_state *before; /* the run that this one repeats, lent; or NULL */
    int folder_fd; /* ROOT/containers/ID: the lock, and the monitor's place for exit.json */
    int run_fd;    /* RUNROOT/containers/ID */
    int listen_fd, monitor_client_fd;
};

#define START_EMPTY                                                                                          \
    {                                                                                                        \
        .folder_fd = -EBADF, .run_fd = -EBADF, .listen_fd = -EBADF, .monitor_client_fd = -EBADF              \
    }

/* Starts a container whose lock (*folder_fd, taken over) the caller holds. `before`: its last run, for the
 * address and ports; NULL: there was none. */
int start_again(struct engine *e, const char *id, int folder_fd, const struct container_state *before,
                struct failure *failure) must_check;

/* Reads record and image, parses the options, finds the ids and layers. The lock is in s->folder_fd already.
 */
int start_prepare(struct start *s, struct failure *failure) must_check;
void start_free(struct start *s);

/* supervisor_hooks.settle and .attach_network; `context` is a struct start. */
int start_settle(void *context, int root_fd, struct start_plan *plan, struct failure *failure) must_check;
int start_attach_network(void *context, int netns_fd, int proc_fd, struct failure *failure) must_check;

/* Binds, volumes, devices and secrets of the request as mounts of the plan. Called with the range's ids. */
int start_add_mounts(struct start *s, struct failure *failure) must_check;
int start_add_devices(struct start *s, struct failure *failure) must_check;
int start_add_secrets(struct start *s, struct failure *failure) must_check;
/* /tmp, /run and the home folder as the user inside needs them. */
int start_give_folders(struct start *s, int root_fd, struct failure *failure) must_check;

/* Fills s->state with what inspect shows of user and mounts. 0 or -ENOMEM. */
int start_describe(struct start *s) must_check;
/* In the forked process: starts the payload, writes the state, tells `report_fd`, becomes the monitor. Never
 * returns. */
_Noreturn void start_supervise(struct start *s, int report_fd);
