/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/commands.h"
#include "oci/container.h"

static int change(struct runtime *rt, const char *id, bool freeze, struct failure *failure)
{
    autocontainer struct container c = CONTAINER_EMPTY;
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    int r = container_open(rt, id, true, &c, failure);
    if (r < 0)
        return r;
    enum oci_status status = container_status(&c);
    if (freeze && status != OCI_STATUS_RUNNING && status != OCI_STATUS_CREATED)
        return refuse(failure, -EBUSY, "container not running");
    if (!freeze && status != OCI_STATUS_PAUSED)
        return refuse(failure, -EBUSY, "container not paused");
    container_open_cgroup(&c, &cgroup);
    if (cgroup.path[0] == '\0')
        return refuse(failure, -EINVAL, "container %s has no control group", c.id);
    return cgroup_freeze(&cgroup, c.record.pid, freeze, failure);
}

static int run_pause(struct runtime *rt, void *options, const struct arguments *arguments,
                     struct failure *failure)
{
    (void)options;
    return change(rt, arguments->items[0], true, failure);
}

static int run_resume(struct runtime *rt, void *options, const struct arguments *arguments,
                      struct failure *failure)
{
    (void)options;
    return change(rt, arguments->items[0], false, failure);
}

static const struct option *const tables[] = {NULL};

const struct command cmd_pause = {
    .name = "pause",
    .usage = "ID",
    .summary = "Freeze all of its processes",
    .options = {.tables = tables, .single_dash_names = true},
    .min_args = 1,
    .max_args = 1,
    .run = run_pause,
};

const struct command cmd_resume = {
    .name = "resume",
    .usage = "ID",
    .summary = "Let them run on",
    .options = {.tables = tables, .single_dash_names = true},
    .min_args = 1,
    .max_args = 1,
    .run = run_resume,
};
