/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/signal_name.h"
#include "kernel/process.h"
#include "oci/commands.h"
#include "oci/container.h"

#include <signal.h>

struct kill_options {
    bool all;
};

/* At once where the kernel can (cgroup.kill): nothing that forks meanwhile escapes. */
static int end_all(const struct cgroup *cgroup, struct failure *failure)
{
    struct failure why = {0};
    int r = cgroup_kill(cgroup, 0, &why);
    if (r < 0 && r != -ETIMEDOUT && r != -EOPNOTSUPP)
        *failure = why;
    return r == -ETIMEDOUT ? 0 : r; /* `kill` does not wait */
}

/* Every process of its groups; process 1 alone where it has none. */
static int kill_all(const struct container *c, int signal, struct failure *failure)
{
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    autofree pid_t *pids = NULL;
    size_t count = 0;
    container_open_cgroup(c, &cgroup);
    if (cgroup.path[0] == '\0')
        return -ESRCH;
    if (signal == SIGKILL)
        return end_all(&cgroup, failure);
    if (cgroup_read_pids(&cgroup, &pids, &count) < 0)
        return -ESRCH;
    for (size_t i = 0; i < count; i++)
        if (kill(pids[i], signal) < 0 && errno != ESRCH)
            return fail(failure, -errno, "signalling process %d", (int)pids[i]);
    return 0;
}

static void end_frozen(const struct container *c, int signal)
{
    if (signal == SIGKILL)
        container_let_end(c);
}

static int run_kill(struct runtime *rt, void *options, const struct arguments *arguments,
                    struct failure *failure)
{
    const struct kill_options *o = options;
    autocontainer struct container c = CONTAINER_EMPTY;
    const char *name = arguments->count > 1 ? arguments->items[1] : "SIGTERM";
    int r = container_open(rt, arguments->items[0], false, &c, failure);
    if (r < 0)
        return r;
    int signal = signal_parse(name);
    if (signal < 0)
        return refuse(failure, -EINVAL, "unknown signal \"%s\"", name);
    if (o->all && kill_all(&c, signal, failure) == 0) {
        end_frozen(&c, signal);
        return 0;
    }
    if (failure->error != 0)
        return failure->error;
    autoclose int process = container_open_process(&c);
    if (process < 0)
        return refuse(failure, -ESRCH, "container not running");
    r = process_signal(process, signal);
    if (r == -ESRCH)
        return refuse(failure, r, "container not running");
    if (r < 0)
        return fail(failure, r, "signalling container %s", c.id);
    end_frozen(&c, signal);
    return 0;
}

#define ROW(member) OPTION(struct kill_options, member)
static const struct option rows[] = {
    {"all", 'a', OPTION_BOOL, ROW(all), NULL, "All of its processes"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};

const struct command cmd_kill = {
    .name = "kill",
    .usage = "[--all] ID [SIGNAL]",
    .summary = "Send a signal (default: SIGTERM)",
    .options = {.tables = tables, .single_dash_names = true},
    .options_size = sizeof(struct kill_options),
    .min_args = 1,
    .max_args = 2,
    .run = run_kill,
};
