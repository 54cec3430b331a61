/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What one instruction that changes files gets while it runs. build/snapshot.c makes the layer of what it
 * leaves below root_fd. */
#include "engine/engine.h"
#include "formats/dockerfile.h"
#include "formats/image_config.h"
#include "store/store.h"

#include <stdint.h>

/* Where a step's words go: to the main process, which puts the step's prefix before every line. */
struct build_sink {
    /* `stream`: 1 standard output, 2 standard error and remarks of ours. Any bytes; may be called often. */
    void (*write)(void *context, int stream, const char *data, size_t size);
    void *context;
};

/* A process of its own has it, which runs nothing of the image and ends with the step. For COPY and ADD it
 * keeps the command's own power, as it must start unroot-unpack in user namespaces, and changes files only
 * through that. For the others its user and group are STORE_ID_BASE (so a new file is root's inside), and of
 * its capabilities CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID and SETFCAP are left. */
struct build_step {
    struct engine *engine;
    const struct store *store;
    const char *file;                                 /* name of the Dockerfile, for sentences */
    const struct dockerfile_instruction *instruction; /* lent; unexpanded */
    const struct image_config *config;                /* the image as it is before this step */
    int root_fd; /* its files (O_RDONLY | O_DIRECTORY), writable; ids as stored: STORE_ID_BASE + id. Paths in
                    it are a stranger's: only kernel/path.h. What is changed here becomes the layer. */
    bool has_epoch;
    int64_t epoch; /* SOURCE_DATE_EPOCH, seconds: the layer's times are clamped to it afterwards */
    struct build_sink sink;
};

/* One remark, with a line break. */
void build_sink_say(struct build_sink sink, const char *line);
/* Passes one remark on, with a line break. */
void build_step_say(const struct build_step *step, const char *format, ...) printf_like(2, 3);
