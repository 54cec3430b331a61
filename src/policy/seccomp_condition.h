/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* "includes" and "excludes" of a rule, decided as docker does (moby profiles/seccomp, setupSeccomp). */
#include "formats/seccomp_profile.h"

/* Where and for whom a profile is compiled. */
struct seccomp_place {
    const char *architecture; /* Go's name: "amd64" */
    uint64_t capabilities;    /* of the bounding set */
    uint32_t kernel_major, kernel_minor;
};

/* Whether the rule counts: not excluded by architecture, a capability or the kernel, and included by all
 * three. */
bool seccomp_rule_counts(const struct seccomp_rule *rule, const struct seccomp_place *place);
