/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One RUN. Internal to build/. */
#include "build/copy.h"
#include "build/stage.h"
#include "engine/start.h"
#include "formats/dockerfile_mount.h"

/* A --mount of the step. */
struct run_mount {
    struct dockerfile_mount spec;
    char *target;               /* absolute; NULL: a secret that only goes to a variable */
    struct build_source source; /* bind, cache with from=; tree_fd is owned */
    struct digest content;      /* of the source */
    char *storage;              /* what is mounted, below storage/; bind, cache, ssh */
    char *secret;               /* the value; erased when it is freed */
    size_t secret_size;
    int lock_fd;         /* cache: held while the step runs */
    bool file, left_out; /* the target is no folder; an optional secret that nobody gave */
};

struct run_step {
    struct build_stage *stage;
    const struct dockerfile_instruction *instruction;
    struct strings argv;
    const char *script;       /* a here-document that is executed; NULL */
    char *script_path;        /* where it is in the container */
    char *shown;              /* the command in one line, for sentences and the history */
    struct strings arguments; /* ARGs, NAME=VALUE: what it has besides the image's environment */
    struct strings names;     /* of sources, for sentences */
    struct run_mount *mounts;
    size_t mount_count;
    enum network_kind network;
    int agent_pidfd; /* of the process that serves ssh mounts; -EBADF: none */
};

void run_step_free(struct run_step *run);

/* All below: 0 or negative errno with stage->failure filled. */

/* argv, script, shown, arguments. */
int run_read_command(struct run_step *run) must_check;
/* "RUN |1 A=b /bin/sh -c make # buildkit"; the caller frees it. */
char *run_history(const struct run_step *run) must_check;

/* .mounts as far as the cache key needs them: where they come from and what that has. */
int run_read_mounts(struct run_step *run) must_check;
void run_add_mounts_to_key(const struct run_step *run, struct build_key *key);
/* Everything they need on the host; run_step_free() gives it back. */
int run_prepare_mounts(struct run_step *run) must_check;
/* Variables that they set (SSH_AUTH_SOCK, secrets) into `environment`. */
int run_mount_variables(const struct run_step *run, struct strings *environment) must_check;
/* Into the plan, whose ids are settled. */
int run_plan_mounts(const struct run_step *run, struct start_plan *plan, struct failure *failure) must_check;

/* The value of a --secret. -ENOENT: none of that id. The caller frees it. */
int run_read_secret(const struct build_request *request, const char *id, char **ret_data, size_t *ret_size,
                    struct failure *failure) must_check;
/* Begins to serve the agent of --ssh at a socket that is made for uid and gid. */
struct agent_request {
    const char *agent; /* the socket of the person's agent */
    int folder_fd;     /* where `name` is made */
    const char *name;
    uid_t uid;
    gid_t gid;
    mode_t mode;
};
int agent_serve(const struct agent_request *request, int *ret_pidfd, struct failure *failure) must_check;
/* The socket that --ssh gave for `id`. -ENOENT. */
int agent_find(const struct build_request *request, const char *id, char **ret_path,
               struct failure *failure) must_check;

/* Runs it on the snapshot with `upper` (a staging name) on top. *ret_status as a shell has it. */
int run_process(struct run_step *run, const char *upper, int *ret_status) must_check;
