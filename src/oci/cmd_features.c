/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/oci_features.h"
#include "oci/commands.h"
#include "oci/scope.h"

#include <errno.h>

static int run_features(struct runtime *rt, void *options, const struct arguments *arguments,
                        struct failure *failure)
{
    autostrings struct strings annotations = {0};
    autofree char *text = NULL;
    (void)options;
    (void)arguments;
    int r = strings_add(&annotations, "org.opencontainers.runc.checkpoint.enabled=false");
    if (r == 0)
        r = strings_add(&annotations, "org.opencontainers.runc.version=" UNROOT_VERSION);
    if (r == 0)
        r = strings_addf(&annotations, "org.unroot.policy=%s", rt->audit ? "audit" : "enforce");
    const struct oci_features features = {
        .cgroup_v1 = true,
        .cgroup_v2 = true,
        .cgroup_systemd = scope_is_supported(),
        .cgroup_systemd_user = scope_is_supported(),
        .seccomp = true,
        .apparmor = true,
        .selinux = true,
        .idmap = true,
        .memory_policy = true,
        .net_devices = true,
        .annotations = &annotations,
    };
    if (r == 0)
        r = oci_features_write(&features, &text);
    if (r < 0)
        return fail(failure, r, "listing the features");
    printf("%s\n", text);
    return 0;
}

static const struct option *const tables[] = {NULL};

const struct command cmd_features = {
    .name = "features",
    .usage = "",
    .summary = "Print what this runtime can do, as JSON",
    .options = {.tables = tables, .single_dash_names = true},
    .max_args = 0,
    .run = run_features,
};
