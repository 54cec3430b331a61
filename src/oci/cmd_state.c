/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/commands.h"
#include "oci/container.h"

static int run_state(struct runtime *rt, void *options, const struct arguments *arguments,
                     struct failure *failure)
{
    autocontainer struct container c = CONTAINER_EMPTY;
    struct oci_state state;
    autofree char *text = NULL;
    (void)options;
    int r = container_open(rt, arguments->items[0], false, &c, failure);
    if (r < 0)
        return r;
    container_describe(&c, container_status(&c), &state);
    r = oci_state_write(&state, true, &text);
    if (r < 0)
        return fail(failure, r, "describing container %s", c.id);
    printf("%s\n", text);
    return 0;
}

static const struct option *const tables[] = {NULL};

const struct command cmd_state = {
    .name = "state",
    .usage = "ID",
    .summary = "Print a container's state as JSON",
    .options = {.tables = tables, .single_dash_names = true},
    .min_args = 1,
    .max_args = 1,
    .run = run_state,
};
