/* SPDX-License-Identifier: Apache-2.0 */
/* Not there, and the help says so too: from `checkpoint --help` podman concludes that it is. */
#include "oci/commands.h"

#include <errno.h>

static int run_absent(struct runtime *rt, void *options, const struct arguments *arguments,
                      struct failure *failure)
{
    (void)options;
    (void)arguments;
    return refuse(failure, -EOPNOTSUPP, "%s: this runtime has no checkpoints", rt->command->name);
}

static const struct option *const tables[] = {NULL};

const struct command cmd_checkpoint = {
    .name = "checkpoint",
    .usage = "",
    .summary = "Not there",
    .options = {.tables = tables},
    .hidden = true,
    .run = run_absent,
};

const struct command cmd_restore = {
    .name = "restore",
    .usage = "",
    .summary = "Not there",
    .options = {.tables = tables},
    .hidden = true,
    .run = run_absent,
};
