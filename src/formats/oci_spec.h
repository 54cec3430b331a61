/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What `spec` writes: the config.json of a shell in "rootfs", to begin from. */
#include "base/ownership.h"

#include <stdbool.h>
#include <stdint.h>

struct oci_spec_request {
    bool rootless;     /* a user namespace that maps 0 to uid and gid, no limits, /sys bound */
    uint32_t uid, gid; /* the caller's */
};

/* -ENOMEM; the caller frees it. */
int oci_spec_write(const struct oci_spec_request *request, char **ret_text) must_check;
