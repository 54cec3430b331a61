/* SPDX-License-Identifier: Apache-2.0 */
/* Groups below a container's own. */
#include "base/strings.h"
#include "kernel/cgroup.h"
#include "kernel/cgroup_tree.h"
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int cgroup_find_controller(const char *name)
{
    for (int i = 0; i < CGROUP_CONTROLLERS; i++)
        if (streq(name, cgroup_v1_name((enum cgroup_controller)i)))
            return i;
    return -ENOENT;
}

static int descend_v2(struct cgroup *c, const char *path)
{
    autoclose int folder = cgroup_open_folder(c->v2_fd, path);
    if (folder < 0)
        return folder;
    (void)close(c->v2_fd);
    c->v2_fd = TAKE_FD(folder);
    return 0;
}

static int descend_v1(struct cgroup *c, int controller, const char *path)
{
    autoclose int folder = cgroup_open_folder(c->v1_fd[controller], path);
    autoclose int tasks = folder < 0 ? folder : path_open_beneath(folder, "tasks", O_WRONLY);
    if (tasks < 0)
        return tasks;
    if (c->v1_tasks_fd[controller] >= 0)
        (void)close(c->v1_tasks_fd[controller]);
    (void)close(c->v1_fd[controller]);
    c->v1_fd[controller] = TAKE_FD(folder);
    c->v1_tasks_fd[controller] = TAKE_FD(tasks);
    return 0;
}

/* All controllers of a v1 hierarchy move together: entering one's group leaves the other's. */
static unsigned with_companions(const struct cgroup *c, unsigned controllers)
{
    unsigned all = controllers;
    struct stat one, other;
    for (int i = 0; i < CGROUP_CONTROLLERS; i++)
        for (int j = 0; j < CGROUP_CONTROLLERS; j++)
            if (controllers & (1U << i) && c->v1_fd[i] >= 0 && c->v1_fd[j] >= 0 &&
                fstat(c->v1_fd[i], &one) == 0 && fstat(c->v1_fd[j], &other) == 0 &&
                one.st_dev == other.st_dev)
                all |= 1U << j;
    return all;
}

static int fail_descending(const struct cgroup *c, const char *where, const char *path, int error,
                           struct failure *f)
{
    return fail(f, error, "the %s group %s/%s", where, c->path, path);
}

static int descend_all_v1(struct cgroup *c, unsigned controllers, const char *path, struct failure *f)
{
    unsigned wanted = with_companions(c, controllers);
    for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
        const char *name = cgroup_v1_name((enum cgroup_controller)i);
        if ((wanted & (1U << i)) && c->v1_fd[i] < 0)
            return refuse(f, -ENOENT, "the container has no %s group of version 1", name);
        int error = wanted & (1U << i) ? descend_v1(c, i, path) : 0;
        if (error != 0)
            return fail_descending(c, name, path, error, f);
    }
    return 0;
}

int cgroup_descend(struct cgroup *c, unsigned controllers, const char *path, struct failure *failure)
{
    const char *below = path + strspn(path, "/");
    unsigned here = 0;
    if (*below == '\0')
        return 0;
    if (!cgroup_path_is_valid(below))
        return refuse(failure, -EINVAL, "\"%s\" is no path of a group below the container's", path);
    for (int i = 0; i < CGROUP_CONTROLLERS; i++)
        here |= c->v1_fd[i] >= 0 ? 1U << i : 0;
    if (controllers != 0)
        return descend_all_v1(c, controllers, below, failure);
    int error = c->v2_fd >= 0 ? descend_v2(c, below) : 0;
    if (error != 0 && (error != -ENOENT || here == 0)) /* beside v1 groups, the v2 tree limits nothing */
        return fail_descending(c, "v2", below, error, failure);
    return descend_all_v1(c, here, below, failure);
}
