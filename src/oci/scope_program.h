/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Runs unroot-systemd with the caller's uid and nothing else: no capability, no descriptor but three, of the
 * environment only where the user's bus is. For scope.c alone. */
#include "base/failure.h"
#include "base/strings.h"

#include <sys/types.h>

/* What to do where systemd cannot be asked. */
#define SCOPE_OTHER_DRIVER                                                                                   \
    "cgroupfs (docker: \"exec-opts\": [\"native.cgroupdriver=cgroupfs\"], podman: --cgroup-manager "         \
    "cgroupfs, "                                                                                             \
    "containerd: SystemdCgroup = false)"

struct scope_program {
    const char *verb, *unit;
    const struct strings *properties; /* NULL: none */
    bool of_user;
};

/* Waits for its end. -EEXIST, -EHOSTDOWN (no systemd), -ETIMEDOUT or another with its sentence. */
int scope_program_run(const struct scope_program *p, struct failure *failure) must_check;
/* `start`: waits for its line, the unit's control group, which the caller frees; the program stays until
 * *ret_release_fd is closed. Both descriptors are the caller's. */
int scope_program_hold(const struct scope_program *p, char **ret_group, int ret_fds[2],
                       struct failure *failure) must_check;
