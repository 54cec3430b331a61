/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The engine's context. Engine functions take a request struct and answer a result struct; they never print
 * and never parse argv, so that a command line and, later, an API over a socket are both their clients. */
#include "base/failure.h"
#include "base/strings.h"

#define ENGINE_ROOT "/var/lib/unroot"
#define ENGINE_RUNROOT "/run/unroot"

struct engine {
    char *root;        /* absolute; ENGINE_ROOT unless told */
    char *runroot;     /* absolute; ENGINE_RUNROOT unless told */
    char *program;     /* absolute path of the `unroot` program: executed for clean-up */
    char *program_dir; /* folder of unroot-monitor, unroot-unpack, unroot-init */
    int root_fd;       /* ROOT */
    int storage_fd;    /* ROOT/storage */
    int run_fd;        /* RUNROOT */
    int held_fd;       /* entry of ROOT/pending that is locked until the engine is closed; -EBADF: none */
    /* Called with a sentence that is no failure but must be said ("uid 0 inside is host uid .."); may be
     * NULL. */
    void (*say)(void *context, const char *sentence);
    void *say_context;
};

struct engine_options {
    const char *root, *runroot; /* NULL = default */
};

/* Opens (creating what is missing) the store, as root. 0 or negative errno with `failure` filled. */
int engine_open(struct engine *e, const struct engine_options *options, struct failure *failure) must_check;
void engine_close(struct engine *e);
/* Says a sentence through e->say. */
void engine_say(const struct engine *e, const char *format, ...) printf_like(2, 3);
