/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Internal to audit/: a Dockerfile's stage as a subject. */
#include "audit/input.h"
#include "audit/judge.h"
#include "audit/stages.h"

struct dockerfile_question {
    const struct dockerfile *dockerfile;
    const struct stages *stages;
    size_t stage;
    const char *file;
    const char *data; /* its text */
};

/* The stage of `target` (name or number; NULL: the last). -ENOENT. */
int dockerfile_pick_stage(const struct dockerfile *d, const char *target, size_t *ret_stage) must_check;
int dockerfile_judge_stage(struct audit *a, const struct dockerfile_question *q) must_check;
