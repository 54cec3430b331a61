/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* "No process runs as root", written once: the runtime refuses by these rules, the auditor reports by them.
 * DESIGN 1. */
#include "base/failure.h"
#include "formats/id_map.h"

#include <stdbool.h>
#include <stdint.h>

enum root_mode {
    ROOT_MODE_NONE,   /* uid 0 does not exist inside */
    ROOT_MODE_MAPPED, /* uid 0 inside is an unprivileged host uid */
};

struct root_mode_question {
    const char *requested; /* --root: "none", "mapped", or NULL: as the user asks */
    uint32_t uid, gid;     /* whom the process runs as, inside */
    bool host_ids;         /* --userns=host: ids inside are the host's */
};

/* -EINVAL: no such mode; -EPERM: refused, with the reason and the remedy. */
int root_mode_decide(const struct root_mode_question *question, enum root_mode *ret_mode,
                     struct failure *failure) must_check;
const char *root_mode_name(enum root_mode mode);

/* Whether a process may be added to a running container: uid 0 in mode none is refused. -EPERM. */
int root_mode_allow_exec(enum root_mode mode, uint32_t uid, struct failure *failure) must_check;

/* What a user namespace of a container may map: never host id 0. `what`: "uid map". -EPERM. */
int host_ids_allow(const struct id_map *map, const char *what, struct failure *failure) must_check;
