/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/commands.h"
#include "oci/create.h"

struct delete_options {
    bool force;
};

static int run_delete(struct runtime *rt, void *options, const struct arguments *arguments,
                      struct failure *failure)
{
    const struct delete_options *o = options;
    autocontainer struct container c = CONTAINER_EMPTY;
    int r = container_open(rt, arguments->items[0], true, &c, failure);
    if (r == -ENOENT && o->force) {
        /* What a creation left that was killed. */
        struct failure left = {0};
        r = c.folder_fd < 0 ? 0
            : c.record.id   ? delete_container(&c, &left)
                            : container_remove_folder(&c, &left);
        *failure = left;
        return r;
    }
    if (r < 0)
        return r;
    enum oci_status status = container_status(&c);
    if (!o->force && status != OCI_STATUS_STOPPED && status != OCI_STATUS_CREATED)
        return refuse(failure, -EBUSY, "cannot delete container %s that is not stopped: %s", c.id,
                      oci_status_name(status));
    return delete_container(&c, failure);
}

#define ROW(member) OPTION(struct delete_options, member)
static const struct option rows[] = {
    {"force", 'f', OPTION_BOOL, ROW(force), NULL, "End it first; no error when there is none"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};

const struct command cmd_delete = {
    .name = "delete",
    .usage = "[--force] ID",
    .summary = "Take a stopped container away",
    .options = {.tables = tables, .single_dash_names = true},
    .options_size = sizeof(struct delete_options),
    .min_args = 1,
    .max_args = 1,
    .run = run_delete,
};
