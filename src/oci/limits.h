/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* linux.cgroupsPath and linux.resources as a control group of the kernel's. */
#include "oci/bundle.h"

/* Where the container's groups are and their limits; what it points to is lent by the bundle. */
int limits_place(const struct runtime *rt, const struct bundle *b, const char *id,
                 struct cgroup_spec *ret_spec, struct failure *failure) must_check;
/* What of the resources this program can set; the rest is refused with its name. */
int limits_translate(const struct oci_resources *resources, struct cgroup_limits *ret_limits,
                     struct failure *failure) must_check;
