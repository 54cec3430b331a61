/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Internal to audit/stage*.c: what is known while one stage is walked. */
#include "audit/account_steps.h"
#include "audit/source.h"
#include "audit/stages.h"
#include "base/text.h"
#include "formats/dockerfile_scope.h"

/* A COPY from the build context that a script may have come by. */
struct copied {
    const char *source;  /* in the context */
    const char *target;  /* absolute in the image; ends in / when it is a folder by its words */
    const char *content; /* of a here-document; NULL: in the context */
};

struct stage_walk {
    const struct stages_request *request;
    struct arena *arena;
    struct dockerfile_scope *scope;
    struct stage_facts *facts, *all;
    size_t index;
    struct text passwd, group;
    struct strings made;
    struct copied *copies;
    size_t copy_count, copy_capacity;
};
void stage_walk_free(struct stage_walk *w);
