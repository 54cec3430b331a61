/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Hooks of an OCI configuration: programs of the engine's that are told the container's state on stdin. */
#include "base/failure.h"
#include "formats/oci_config.h"

#include <sys/types.h>

/* Where they run. */
struct hook_place {
    int mount_ns;  /* entered first; -EBADF: the caller's */
    int pidfd;     /* the container's process 1, whose namespaces but the mount namespace are entered; -EBADF:
                      none */
    bool has_user; /* the container has a user namespace of its own */
    uid_t uid;     /* become these (host ids) before anything else */
    gid_t gid;
};

/* One after the other; the first that does not end with 0 within its timeout is the failure, with the end of
 * what it wrote. `place` NULL: as the caller is. `name`: "createRuntime". The environment is the hook's
 * alone. The caller is single-threaded.
 */
int hooks_run(const struct oci_hooks *hooks, const char *name, const char *state,
              const struct hook_place *place, struct failure *failure) must_check;
