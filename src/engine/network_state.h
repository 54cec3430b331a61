/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* RUNROOT/network: the lock that one call at a time holds, and the leases, which are written before anything
 * is made and taken out after it is gone. Private to the network's files. */
#include "base/failure.h"
#include "formats/network_leases.h"

struct network_state {
    int folder_fd;     /* RUNROOT/network */
    int containers_fd; /* RUNROOT/containers; -EBADF when there is none */
    int lock_fd;
    struct network_leases leases;
};

#define NETWORK_STATE_EMPTY                                                                                  \
    {                                                                                                        \
        .folder_fd = -EBADF, .containers_fd = -EBADF, .lock_fd = -EBADF                                      \
    }
#define autonetwork __attribute__((cleanup(network_state_close)))

/* Takes the lock (waiting for it) and reads the leases; makes what is missing of the folder. `state` is
 * NETWORK_STATE_EMPTY. */
int network_state_open(struct network_state *state, int run_fd, struct failure *f) must_check;
/* As network_state_open without making anything: -ENOENT (no failure recorded) when there is no folder. */
int network_state_open_existing(struct network_state *state, int run_fd, struct failure *f) must_check;
int network_state_save(const struct network_state *state, struct failure *f) must_check;
/* Forgets bridge and subnet: nothing is taken any more. */
int network_state_clear(struct network_state *state, struct failure *f) must_check;
/* Whether the lease's container has no folder any more. */
int network_state_is_stale(const struct network_state *state, const struct network_lease *lease) must_check;
/* How long ago the leases were written last, in milliseconds; INT_MAX when they are not there. */
int network_state_age_ms(const struct network_state *state);
/* Gives the lock back; the leases in memory stay. */
void network_state_unlock(struct network_state *state);
/* Gives the lock back and frees all. */
void network_state_close(struct network_state *state);
