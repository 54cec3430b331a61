/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Images that a Dockerfile names. */
#include "build/stage.h"

struct base_request {
    const struct build_work *work;
    const char *name;     /* a reference or an id */
    const char *platform; /* FROM --platform; NULL: as the build's */
};

/* The image of the store as a snapshot. -ENOENT: it is not there, with what to do. */
int base_open(const struct base_request *request, struct build_snapshot *ret_snapshot,
              struct failure *failure) must_check;
