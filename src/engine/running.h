/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "engine/lookup.h"

/* The state of a running container and a descriptor of its process 1 that is certainly that process; the
 * caller owns both. -ESRCH: it is not running. */
int running_open(struct engine *e, const char *id, struct container_state *ret_state, int *ret_pidfd,
                 struct failure *failure) must_check;
