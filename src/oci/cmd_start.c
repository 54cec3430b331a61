/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/commands.h"
#include "oci/create.h"
#include "oci/notify.h"

static int run_start(struct runtime *rt, void *options, const struct arguments *arguments,
                     struct failure *failure)
{
    autocontainer struct container c = CONTAINER_EMPTY;
    struct notify notify = NOTIFY_EMPTY;
    (void)options;
    int r = container_open(rt, arguments->items[0], true, &c, failure);
    if (r == 0)
        r = notify_listen(&c, true, &notify, failure);
    if (r == 0)
        r = start_container(&c, failure);
    container_unlock(&c);
    if (r == 0)
        r = notify_wait(&notify, &c, failure);
    notify_close(&notify);
    return r;
}

static const struct option *const tables[] = {NULL};

const struct command cmd_start = {
    .name = "start",
    .usage = "ID",
    .summary = "Run the program of a created container",
    .options = {.tables = tables, .single_dash_names = true},
    .min_args = 1,
    .max_args = 1,
    .run = run_start,
};
