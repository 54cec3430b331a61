/* SPDX-License-Identifier: Apache-2.0 */
/* What the first command as root does by itself, alone: the store's folders and the pool of ids. */
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/engine.h"
#include "host/id_ledger.h"

#include <stdio.h>

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct id_pool pool;
    struct failure failure = {0};
    bool created;
    if (id_pool_prepare(&pool, &created, &failure) < 0)
        return say_failure(cli, &failure);
    printf("Store:     %s\nRun state: %s\nIds:       %u ranges of 65536 from %u, for %s in /etc/subuid and "
           "/etc/subgid\n",
           cli->engine->root, cli->engine->runroot, pool.ranges, pool.first, ID_POOL_NAME);
    return 0;
}

static const struct option *const tables[] = {NULL};

const struct command cmd_setup = {
    .name = "setup",
    .usage = "",
    .summary = "Make the store and take a pool of ids, as the first run does by itself",
    .options = {.tables = tables},
    .needs_engine = true,
    .run = run,
};
