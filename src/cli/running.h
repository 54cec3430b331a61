/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What attach and start need to know of a container that was made earlier. */
#include "cli/command.h"
#include "engine/container.h"

struct container_streams {
    char id[CONTAINER_ID_LENGTH + 1];
    bool tty, open_stdin, auto_remove;
    char *detach_keys; /* NULL: the default; the caller frees it */
};

/* From `inspect`. 0 or negative errno with `failure` filled. */
int read_container_streams(struct cli *cli, const char *who, struct container_streams *ret,
                           struct failure *failure) must_check;
