/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* --ulimit NAME=SOFT[:HARD] (docker/go-units) and the OCI names RLIMIT_X. */
#include "base/failure.h"

#include <stdint.h>

#define RLIMIT_SPEC_UNLIMITED UINT64_MAX

struct rlimit_spec {
    int resource; /* RLIMIT_* */
    uint64_t soft, hard;
};

/* SOFT, HARD: a number, -1 or "unlimited"; HARD is SOFT when left out. -EINVAL with a sentence. */
int rlimit_spec_parse(const char *text, struct rlimit_spec *ret_limit, struct failure *f) must_check;
/* RLIMIT_* for "nofile" or "RLIMIT_NOFILE", either case; -EINVAL. */
int rlimit_resource(const char *name) must_check;
/* "RLIMIT_NOFILE"; NULL for an unknown number. Static. */
const char *rlimit_resource_name(int resource);
