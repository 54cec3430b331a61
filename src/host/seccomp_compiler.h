/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Runs unroot-seccomp with no more than it needs: nobody's ids, no_new_privs, rlimits, a network and IPC
 * namespace without anything in them, three descriptors. */
#include "base/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seccomp_compilation {
    const char *program_dir;
    const char *name; /* of the profile, for its messages; NULL: the builtin one */
    const char *profile;
    size_t profile_size;
    const char *machine, *kernel; /* "x86_64", "6.18" */
    uint64_t capabilities;
    bool allow_userns;
    bool listener; /* there is one for SCMP_ACT_NOTIFY: the image's flags then hold
                      SECCOMP_FILTER_FLAG_NEW_LISTENER */
};

/* The image (formats/seccomp_image.h), not yet checked; the caller frees it. -EINVAL: the profile is refused,
 * with its first findings; -EOPNOTSUPP: it needs a listener. */
int seccomp_compiler_run(const struct seccomp_compilation *c, char **ret_image, size_t *ret_size,
                         struct failure *failure) must_check;
