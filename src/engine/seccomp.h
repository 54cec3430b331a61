/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The filter of a payload. Profiles are compiled by the program unroot-seccomp (no user, no privilege,
 * rlimits), because a JSON profile is a stranger's bytes; results are kept in ROOT/cache/seccomp/ by the
 * digest of everything they depend on. The default profile for the usual capability sets was compiled when
 * unroot was built. */
#include "engine/engine.h"
#include "host/seccomp_cache.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

struct seccomp_request {
    const char *profile;   /* NULL or "builtin", "unconfined", or a file with docker's JSON profile */
    uint64_t capabilities; /* granted to the payload (its bounding set), bit n = capability n */
    bool allow_userns;     /* --security-opt userns=allow: only the builtin profile depends on it */
};

/* 0, or negative errno with `failure` filled (-ENOENT: no such profile; -EINVAL: its first findings;
 * -EOPNOTSUPP: it asks for a notify listener). The caller frees *ret_program with seccomp_program_free(). */
int seccomp_get(struct engine *e, const struct seccomp_request *request, struct seccomp_program *ret_program,
                struct failure *failure) must_check;
