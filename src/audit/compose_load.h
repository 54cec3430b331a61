/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Internal to audit/: compose files with what they bring in: overrides, include, extends, .env. */
#include "audit/input.h"
#include "formats/compose_merge.h"

struct compose_project {
    struct arena arena;
    struct yaml_node *root;       /* merged and interpolated; NULL: nothing could be read */
    struct strings environment;   /* NAME=VALUE as interpolation saw it */
    const struct yaml_node *only; /* the services to judge, by their keys; NULL: all */
};

/* Reads `in` and what lies beside it. Complaints are in the audit's result. 0 or -ENOMEM. */
int compose_load(struct audit *a, const struct input *in, struct compose_project *ret_project) must_check;
void compose_project_free(struct compose_project *p);
