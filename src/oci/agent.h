/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A seccomp agent: who answers the calls that SCMP_ACT_NOTIFY holds up. config-linux.md "seccomp",
 * "listenerPath". */
#include "formats/seccomp_profile.h"
#include "oci/container.h"

#include <sys/types.h>

struct agent {
    const struct seccomp_profile *profile;
    const struct container *container;
    enum oci_status status; /* of the container */
};

/* Before anything is made: -EINVAL: no listenerPath; -ENOENT and others: no socket is there. */
int agent_check(const struct seccomp_profile *profile, struct failure *failure) must_check;
/* Gives a listener to the agent: one connection, one message with one descriptor, and waits until the agent
 * has taken it. `context`: a struct agent; `pid`: whose filter it is. -ETIMEDOUT: nobody took it for
 * AGENT_TIMEOUT_MS; -ECONNRESET: it closed. */
#define AGENT_TIMEOUT_MS 10000
int agent_give(void *context, pid_t pid, int listener_fd, struct failure *failure) must_check;
