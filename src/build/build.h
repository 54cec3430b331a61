/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* `unroot build`: a Dockerfile and a context become an image. As the engine's functions it takes a request,
 * answers a result and prints nothing. */
#include "base/report.h"
#include "engine/engine.h"
#include "formats/digest.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum build_event_kind {
    BUILD_EVENT_BEGINS, /* title */
    BUILD_EVENT_OUTPUT, /* data, size, stream */
    BUILD_EVENT_CACHED,
    BUILD_EVENT_DONE,
    BUILD_EVENT_FAILED, /* title: the sentence */
};

/* Something happened to a vertex: a step of a stage, or a part of the build itself (loading the Dockerfile).
 */
struct build_event {
    enum build_event_kind kind;
    unsigned vertex; /* 1.. in the order in which they begin */
    const char *title, *data;
    size_t size;
    int stream;         /* 1, 2 */
    int64_t elapsed_ns; /* since the vertex began */
};

struct build_progress {
    void (*event)(void *context, const struct build_event *event);
    void (*tick)(void *context); /* now and then while nothing happens; may be NULL */
    void *context;
};

struct registry_environment;

struct build_request {
    const char *context; /* a folder, or "-": stream_fd has a tar or a Dockerfile */
    int stream_fd;
    const char *dockerfile; /* -f: a file, "-": stream_fd; NULL: "Dockerfile" in the context */
    struct strings tags;
    struct strings build_args; /* NAME=VALUE */
    struct strings secrets;    /* id=..,src=..|env=.. */
    struct strings ssh;        /* default | ID[=SOCKET] */
    struct strings labels, add_hosts;
    struct strings contexts; /* NAME=FOLDER */
    const char *target, *platform, *network, *shm_size;
    bool no_cache;
    bool pull;            /* every base image, also those that are here already */
    bool no_image;        /* only the target's files are wanted */
    bool check;           /* nothing is built: only the advice */
    bool require_nonroot; /* an image that ends as root is refused: -EPERM */
    int64_t epoch;        /* SOURCE_DATE_EPOCH, -1: none */
    struct build_progress progress;
    const struct registry_environment *environment; /* for images that must be pulled; NULL: none are */
    const volatile sig_atomic_t *cancelled;         /* not 0: stop; may be NULL */
};

struct build_result {
    struct digest id;
    struct strings folders; /* of the target's files, top layer first, below storage/ */
    struct report advice;   /* build/advice.h: about the image's user; filled also when it was refused */
    bool root;              /* the image ends as root */
};

void build_result_free(struct build_result *result);
/* build_result_free() must follow, also after a failure. */
int build_run(struct engine *e, const struct build_request *request, struct build_result *ret_result,
              struct failure *failure) must_check;
