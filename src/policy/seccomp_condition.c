/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/seccomp_condition.h"

static bool kernel_reaches(const struct seccomp_condition *c, const struct seccomp_place *place)
{
    return place->kernel_major > c->kernel_major ||
           (place->kernel_major == c->kernel_major && place->kernel_minor >= c->kernel_minor);
}

static bool names_kernel(const struct seccomp_condition *c)
{
    return c->kernel_major != 0 || c->kernel_minor != 0;
}

bool seccomp_rule_counts(const struct seccomp_rule *rule, const struct seccomp_place *place)
{
    const struct seccomp_condition *in = &rule->includes, *out = &rule->excludes;
    if (strings_contain(&out->architectures, place->architecture) ||
        (out->capabilities & place->capabilities) != 0 || (names_kernel(out) && kernel_reaches(out, place)))
        return false;
    if (in->architectures.count > 0 && !strings_contain(&in->architectures, place->architecture))
        return false;
    return (in->capabilities & ~place->capabilities) == 0 && kernel_reaches(in, place);
}
