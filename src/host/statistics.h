/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a container's control groups count, as runc's `events --stats` has it. */
#include "formats/oci_events.h"
#include "kernel/cgroup.h"

/* What nothing counts here is 0 or absent. Negative errno with `failure` filled: no group, no memory. The
 * caller frees *ret_statistics. */
int statistics_read(const struct cgroup *cgroup, struct oci_statistics *ret_statistics,
                    struct failure *failure) must_check;
