/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* From a bundle to a created container: what `create` and `run` have in common. */
#include "oci/bundle.h"
#include "runtime/creator.h"

struct create_options {
    char *bundle, *console_socket, *pid_file, *pidfd_socket;
    uint32_t preserve_fds;
    int *console; /* not an option: the caller takes the terminal itself, and gets it here; NULL: it does not
                   */
    bool no_pivot, no_new_keyring, no_subreaper, detach, keep;
};

/* The rows of these options: tables for `create` and `run`. */
extern const struct option create_rows[];

struct created {
    struct container container;    /* open and locked; the caller's */
    struct creator_result process; /* committed: it waits for its start */
    struct bundle bundle;          /* what it was made of */
};

/* Reads, judges, plans, makes everything, writes state and pid file and lets go. On failure nothing is left.
 * With `console` (not NULL) the terminal's master is given to the caller instead of a console socket. */
int create_container(struct runtime *rt, const char *id, const struct create_options *options,
                     struct created *ret_created, struct failure *failure) must_check;
/* Frees what nobody needs once the program runs: beside it that costs no time, and before its execve(2) every
 * page that is written here is copied first. */
void created_relax(struct created *c);
void created_close(struct created *c);

/* Lets a created container run its program and waits until it does; poststart hooks. -EBUSY and others with
 * runc's sentences. */
int start_container(struct container *c, struct failure *failure) must_check;
/* The same for one that was created by this process, which has kept the lock since. */
int start_created(struct container *c, struct failure *failure) must_check;
/* Runs the poststop hooks; their failure is noted. */
void stopped_tell_hooks(struct container *c);
/* Takes everything of a stopped container away: control group, id range, folder; poststop hooks. */
int delete_container(struct container *c, struct failure *failure) must_check;
