/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What `features` prints (runtime-spec features.md, features-linux.md). Names come from the readers' own
 * tables: an option that is listed is one that is read. */
#include "base/strings.h"

#include <stdbool.h>

/* What is compiled in, which no table of formats/ knows. */
struct oci_features {
    bool cgroup_v1, cgroup_v2, cgroup_systemd, cgroup_systemd_user, cgroup_rdma;
    bool seccomp, apparmor, selinux, idmap, memory_policy, net_devices;
    const struct strings *seccomp_flags; /* that the running kernel takes; NULL: all that are known */
    const struct strings *annotations;   /* NAME=VALUE: version, commit, policy */
};

/* -ENOMEM; the caller frees it. */
int oci_features_write(const struct oci_features *features, char **ret_text) must_check;
