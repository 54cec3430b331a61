/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The default seccomp policy, as data: what is not listed is refused with EPERM; what is newer than the list
 * is ENOSYS, so that programs fall back. A rule of ours beyond docker's documented profile says why beside
 * its row. */
#include "formats/seccomp_profile.h"

#include <stdbool.h>
#include <stdint.h>

/* What the rules depend on. */
struct seccomp_facts {
    uint64_t capabilities; /* granted to the payload, bit n = capability n (capabilities(7)) */
    bool allow_userns;     /* user (and other) namespaces inside were asked for */
};

/* The capabilities that change the default profile: two sets that agree in these bits give the same filter.
 */
uint64_t seccomp_default_capabilities(void);

/* The profile for these facts, conditions already decided. 0 or -ENOMEM; the caller frees it. */
int seccomp_default_make(const struct seccomp_facts *facts, struct seccomp_profile *ret_profile) must_check;
