/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which stages of a Dockerfile are built, and which wait for which. Pure. */
#include "base/failure.h"
#include "formats/dockerfile_scope.h"

#include <sys/types.h>

struct build_graph_stage {
    bool needed;        /* the target cannot be built without it */
    char *base;         /* FROM, expanded: an image or "scratch"; NULL: base_stage */
    ssize_t base_stage; /* -1: none */
    char *platform;     /* FROM --platform, expanded; NULL */
    size_t *waits_for;  /* stages, each once */
    size_t wait_count;
    char *name; /* "builder", "stage-1": for people */
};

struct build_graph {
    struct build_graph_stage *stages; /* as many as the Dockerfile has */
    size_t count;
    size_t target;
};

#define autograph __attribute__((cleanup(build_graph_free)))

struct build_graph_request {
    const struct dockerfile *dockerfile;
    const struct dockerfile_scope *scope; /* the ARGs before the first FROM were read */
    const char *target;                   /* a name in any case, or a number; NULL: the last stage */
    const struct strings *contexts;       /* NAME=PATH: names that mean no stage; NULL: none */
};

/* -ENOENT: no such target; -EINVAL: a FROM that cannot be expanded or is empty; -ENOMEM. */
int build_graph_make(const struct build_graph_request *request, struct build_graph *ret_graph,
                     struct failure *failure) must_check;
void build_graph_free(struct build_graph *graph);

/* The stage that --from=NAME of stage `at` means: one before it that no named context hides; -ENOENT: none.
 */
ssize_t build_graph_find(const struct build_graph_request *request, size_t at, const char *name) must_check;
