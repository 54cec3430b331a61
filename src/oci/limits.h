/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* linux.cgroupsPath and linux.resources as a control group of the kernel's. */
#include "oci/bundle.h"

/* What cgroup_limits points to. */
struct limits_extra {
    struct cgroup_extra items[16];
    char values[16][32];
    size_t count;
};

/* Where the container's groups are and their limits; what it points to is lent by the bundle. */
int limits_place(const struct runtime *rt, struct bundle *b, struct limits_extra *extra,
                 struct cgroup_spec *ret_spec, struct failure *failure) must_check;
/* What of the resources this program can set; the rest is refused with its name. */
int limits_translate(struct oci_resources *resources, struct limits_extra *extra,
                     struct cgroup_limits *ret_limits, struct failure *failure) must_check;
