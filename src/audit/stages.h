/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Walks a Dockerfile's stages and works out what image each would be. */
#include "audit/catalog.h"
#include "formats/dockerfile.h"

struct stage_facts {
    struct image_facts image;
    struct strings created;     /* accounts that the stage makes */
    struct place created_place; /* of the first */
    struct place early_user; /* a USER (not root) that stands before a step that needs root; line 0: none */
    struct place sudo;       /* a RUN that lets somebody use sudo without a password; line 0: none */
    const char *early_step;  /* that step's first words */
    struct place code_owned; /* the last COPY --chown; line 0: none */
    const char *code_path, *code_owner; /* its target; --chown as expanded */
    bool used;                          /* another stage is built FROM it or copies from it */
    bool has_user;                      /* a USER of its own */
    bool root_trigger;                  /* ONBUILD USER that names root */
    struct place trigger_place;
};

struct stages_request {
    struct arena *arena;
    struct catalog *catalog;
    const struct dockerfile *dockerfile;
    const char *file;                 /* its name in places */
    const struct strings *build_args; /* NAME=VALUE; NULL: none */
    const char *context;              /* folder of the build context; NULL: not at hand */
};

struct stages {
    struct stage_facts *items;
    size_t count;
};

int stages_evaluate(const struct stages_request *request, struct stages *ret_stages) must_check;
void stages_free(struct stages *stages);
