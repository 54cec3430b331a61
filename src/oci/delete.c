/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of a container is taken away in the order in which a command that is killed meanwhile can be
 * repeated. */
#include "host/id_ledger.h"
#include "kernel/process.h"
#include "oci/create.h"
#include "oci/scope.h"

#include <limits.h>
#include <signal.h>
#include <time.h>

#define KILL_TIMEOUT_MS 10000

/* Not a child of ours: its end is seen, not waited for. */
static int delete_end_process(const struct container *c, struct failure *failure)
{
    autoclose int process = container_open_process(c);
    if (process < 0)
        return 0;
    int r = process_signal(process, SIGKILL);
    if (r < 0 && r != -ESRCH)
        return fail(failure, r, "ending process %d", (int)c->record.pid);
    container_let_end(c);
    for (int waited_ms = 0; container_status(c) != OCI_STATUS_STOPPED; waited_ms += 5) {
        const struct timespec pause = {.tv_nsec = waited_ms < 20 ? 500000 : 5000000};
        if (waited_ms > KILL_TIMEOUT_MS)
            return refuse(failure, -ETIMEDOUT, "process %d did not end", (int)c->record.pid);
        (void)nanosleep(&pause, NULL);
    }
    return 0;
}

/* Also where no group is left: a unit that failed is remembered. Without systemd, the group is removed here.
 */
static void delete_unit(struct container *c)
{
    struct failure gone = {0};
    if (scope_stop(c, &gone) < 0)
        runtime_note(c->rt, OCI_LOG_WARNING, "container %s: stopping its unit %s: %s", c->id, c->record.unit,
                     gone.text);
}

static int delete_cgroup(struct container *c, struct failure *failure)
{
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    if (!c->record.unit && c->record.cgroup && cgroup_remove_empty(c->record.cgroup) == 0)
        return 0;
    container_open_cgroup(c, &cgroup);
    int r = cgroup.path[0] == '\0' ? 0 : cgroup_kill(&cgroup, KILL_TIMEOUT_MS, failure);
    if (r == -EOPNOTSUPP) {
        *failure = (struct failure){0};
        r = 0;
    }
    if (r == 0)
        delete_unit(c);
    return r == 0 && cgroup.path[0] ? cgroup_remove(&cgroup, failure) : r;
}

static void delete_range(const struct container *c)
{
    struct failure ignored = {0};
    struct id_pool pool;
    bool pool_is_new = false;
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof(folder), "%s/%s", c->rt->root, c->id); /* it was made with this name */
    if (c->record.has_range && id_pool_prepare(&pool, &pool_is_new, &ignored) == 0)
        id_range_release(&pool, c->record.range_first, folder);
}

int delete_container(struct container *c, struct failure *failure)
{
    int r = delete_end_process(c, failure);
    if (r == 0)
        r = delete_cgroup(c, failure);
    if (r < 0)
        return r;
    stopped_tell_hooks(c);
    container_forget_rootfs(c);
    delete_range(c);
    return container_remove_folder(c, failure);
}
