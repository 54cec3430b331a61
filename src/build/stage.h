/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One stage while it is built, in a process of its own. Internal to build/. */
#include "build/build.h"
#include "build/context.h"
#include "build/graph.h"
#include "build/key.h"
#include "build/place.h"
#include "build/snapshot.h"
#include "build/step.h"
#include "build/wire.h"

#include <signal.h>

/* What all stages share; made by the main process before it starts them. */
struct build_work {
    struct engine *engine;
    const struct store *store;
    const struct build_request *request;
    const char *file; /* name of the Dockerfile, for people */
    struct dockerfile dockerfile;
    struct dockerfile_scope scope; /* build arguments, platform, ARGs before the first FROM */
    struct build_graph graph;
    struct build_context context;
    struct build_context *named; /* --build-context, as request->contexts */
    size_t named_count;
    struct build_snapshot *snapshots; /* of the stages that are done; layer_count and .config say so */
    bool *done;
    pid_t pid;   /* of the main process */
    char *epoch; /* SOURCE_DATE_EPOCH as digits; NULL: none */
    char *platform;
};

struct build_stage {
    struct build_work *work;
    size_t index;
    struct build_snapshot snapshot;
    struct dockerfile_scope scope;
    struct build_place place;
    int pipe_fd;          /* to the main process */
    unsigned step, steps; /* the one at hand; how many there are */
    size_t own_first;     /* of the snapshot's layers, the first that this stage made */
    size_t told;          /* of snapshot.made, how many the cache knows */
    int64_t published_ns; /* when that was, or the stage began */
    bool command_given;   /* CMD stood in this stage */
    bool trigger;         /* an ONBUILD trigger of the base is carried out */
    struct failure *failure;
};

/* Builds a stage and tells all about it through `pipe_fd`; the exit status of its process. */
int build_stage_run(struct build_work *work, size_t index, int pipe_fd);

/* Whether the main process wants this one to come to an end (SIGTERM): the step at hand is given up, what the
 * others made is told. */
bool stage_is_stopped(void);

/* Parts of it. All: 0 or negative errno with stage->failure filled. */

/* FROM: the snapshot that the stage begins with. */
int stage_begin(struct build_stage *stage) must_check;
int stage_do_run(struct build_stage *stage, const struct dockerfile_instruction *instruction) must_check;
int stage_do_copy(struct build_stage *stage, const struct dockerfile_instruction *instruction) must_check;
/* The folder of WORKDIR; the configuration has it already. */
int stage_do_workdir(struct build_stage *stage) must_check;

/* Tells that a step begins / ended. */
int stage_tell_begin(struct build_stage *stage, const struct dockerfile_instruction *instruction) must_check;
int stage_tell(struct build_stage *stage, enum build_message_kind kind) must_check;
struct build_sink stage_sink(struct build_stage *stage);

/* 1: the cache had it, and the snapshot and its history have it now; 0: it must be carried out. */
int stage_take_cached(struct build_stage *stage, const struct digest *key, const char *created_by) must_check;
/* Between two steps: gives what was made for some seconds (`now`: all that was made) its names in store and
 * cache, as far as its tars are made, so that a build that is killed loses no more than that. */
int stage_publish(struct build_stage *stage, bool now) must_check;
/* Ends this process with the main one, or at once when that is gone. The kernel forgets it when a process
 * changes its ids (prctl(2) PR_SET_PDEATHSIG), so it is said again after each RUN. */
int stage_end_with_main(const struct build_stage *stage) must_check;
/* A step was carried out in `upper`, a staging name: makes the layer, and what the cache is told. `state`:
 * NULL when the files follow from the key alone. */
struct stage_outcome {
    const char *upper;
    const struct digest *key;
    bool random; /* doing it again may give something else: what lies upon it starts anew */
    const char *created_by;
};
int stage_take_outcome(struct build_stage *stage, const struct stage_outcome *outcome) must_check;

/* What --from=NAME means; `tree_fd` of it is the caller's. */
struct build_source;
int stage_find_source(struct build_stage *stage, const char *name, struct build_source *ret_source,
                      struct strings *keep_names) must_check;
/* A writable view of the files as they are: `upper` (a staging name, made anew) gets the changes. The
 * descriptor is the caller's. */
int stage_open_files(struct build_stage *stage, char ret_upper[STAGING_NAME_SIZE],
                     char ret_work[STAGING_NAME_SIZE]) must_check;
/* The process' NAME=VALUE list that words are expanded from: ENV before ARG. */
int stage_variables(const struct build_stage *stage, struct strings *ret_list) must_check;
