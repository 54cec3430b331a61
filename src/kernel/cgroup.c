/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cgroup.h"

#include "kernel/cgroup_limits.h"
#include "kernel/cgroup_place.h"
#include "kernel/cgroup_set.h"
#include "kernel/cgroup_tree.h"
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void cgroup_close(struct cgroup *c)
{
    if (c->v2_fd >= 0)
        (void)close(TAKE_FD(c->v2_fd));
    for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
        if (c->v1_fd[i] >= 0)
            (void)close(TAKE_FD(c->v1_fd[i]));
        if (c->v1_tasks_fd[i] >= 0)
            (void)close(TAKE_FD(c->v1_tasks_fd[i]));
    }
}

/* What stands at the path in one hierarchy: -EEXIST when it holds processes, else it is removed. */
static int remove_stale(int root_fd, const char *path)
{
    autoclose int fd = cgroup_open_folder(root_fd, path);
    if (fd == -ENOENT)
        return 0;
    if (fd < 0)
        return fd;
    pid_t *pids = NULL;
    size_t count = 0;
    int error = cgroup_set_pids(fd, &pids, &count);
    free(pids);
    if (error != 0)
        return error;
    return count > 0 ? -EEXIST : cgroup_set_remove(root_fd, path, 0);
}

static int fail_making(struct failure *f, int error, const char *path)
{
    if (error == -EEXIST)
        return refuse(f, error, "the control group %s is there already and holds processes", path);
    return fail(f, error, "making the control group %s", path);
}

static int make_v2(struct cgroup *c, int root_fd, const struct cgroup_settings *settings, struct failure *f)
{
    unsigned needed = 0;
    for (size_t i = 0; i < settings->count; i++)
        if (settings->items[i].v2 && !settings->items[i].optional)
            needed |= 1U << settings->items[i].controller;
    if (c->managed) {
        needed &=
            1U << CGROUP_HUGETLB | 1U << CGROUP_RDMA | 1U << CGROUP_MISC; /* systemd enables the others */
        c->v2_fd =
            needed ? cgroup_place_make(root_fd, c->path, needed, f) : cgroup_open_folder(root_fd, c->path);
        if (c->v2_fd < 0 && f->error != 0)
            return c->v2_fd;
        return c->v2_fd < 0 ? fail(f, c->v2_fd, "opening the control group %s that systemd made", c->path)
                            : 0;
    }
    int error = remove_stale(root_fd, c->path);
    if (error != 0)
        return fail_making(f, error, c->path);
    c->v2_fd = cgroup_place_make(root_fd, c->path, needed, f);
    if (c->v2_fd >= 0)
        return 0;
    ignore(cgroup_set_remove(root_fd, c->path, 0)); /* half made; the failure to tell is the first */
    return c->v2_fd;
}

static int make_v1_group(struct cgroup *c, enum cgroup_controller controller, int root_fd)
{
    int shared = cgroup_set_share_v1(c, controller, root_fd);
    if (shared != 0)
        return shared < 0 ? shared : 0;
    int error = remove_stale(root_fd, c->path);
    return error == 0 ? cgroup_set_make_v1(c, controller, root_fd) : error;
}

/* The v1 groups that a limit needs. What is optional makes none. */
static int make_v1(struct cgroup *c, const struct cgroup_settings *settings, struct failure *f)
{
    for (size_t i = 0; i < settings->count; i++) {
        const struct cgroup_setting *s = &settings->items[i];
        if (s->v2 || s->optional || c->v1_fd[s->controller] >= 0)
            continue;
        autoclose int root = cgroup_open_v1_root(s->controller);
        if (root == -ENOENT)
            return cgroup_set_refuse_absent(s->what, s->controller, f);
        int error = root < 0 ? root : make_v1_group(c, s->controller, root);
        if (error != 0)
            return fail_making(f, error, c->path);
    }
    return 0;
}

/* Whoever called finds a container by its groups, and reads what is used there. */
static int make_everywhere(struct cgroup *c, unsigned v2_controllers, struct failure *f)
{
    for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
        autoclose int root = cgroup_open_v1_root((enum cgroup_controller)i);
        bool in_v2 = v2_controllers & (1U << i) && i != CGROUP_FREEZER && i != CGROUP_CPUACCT;
        if (root < 0 || in_v2 || c->v1_fd[i] >= 0)
            continue;
        int error = make_v1_group(c, (enum cgroup_controller)i, root);
        if (error != 0)
            return fail_making(f, error, c->path);
    }
    return 0;
}

static int make_all(struct cgroup *c, const struct cgroup_spec *spec, struct failure *f)
{
    const struct cgroup_limits *limits = &spec->limits;
    autoclose int v2_root = cgroup_open_v2_root();
    if (v2_root < 0 && v2_root != -ENOENT)
        return fail(f, v2_root, "opening %s", cgroup_v2_root_path());
    autosettings struct cgroup_settings settings = {0};
    int error =
        cgroup_settings_make(limits, v2_root < 0 ? 0 : cgroup_place_controllers(v2_root), &settings, f);
    if (error == 0 && v2_root >= 0)
        error = make_v2(c, v2_root, &settings, f);
    if (error == 0)
        error = make_v1(c, &settings, f);
    if (error == 0 && spec->everywhere)
        error = make_everywhere(c, v2_root < 0 ? 0 : cgroup_place_controllers(v2_root), f);
    if (error == 0)
        error = cgroup_set_apply(c, &settings, f);
    return error;
}

int cgroup_find_path(const struct cgroup_spec *spec, char *ret_path, struct failure *failure)
{
    if (!spec->path)
        return cgroup_place_find(spec->parent, spec->id, ret_path, failure);
    if (!cgroup_path_is_valid(spec->path) || strlen(spec->path) >= CGROUP_PATH_MAX)
        return refuse(failure, -EINVAL, "\"%s\" is no path of a control group", spec->path);
    memcpy(ret_path, spec->path, strlen(spec->path) + 1);
    return 0;
}

int cgroup_create(const struct cgroup_spec *spec, struct cgroup *ret_cgroup, struct failure *failure)
{
    struct cgroup c = CGROUP_EMPTY;
    if (spec->none) {
        *ret_cgroup = c;
        return 0;
    }
    int error = cgroup_find_path(spec, c.path, failure);
    if (error != 0)
        return error;
    c.layout = cgroup_detect();
    c.managed = spec->managed;
    error = make_all(&c, spec, failure);
    if (error != 0) {
        struct failure second = {0};
        ignore(cgroup_remove(&c, &second)); /* the first failure is the one to tell */
        return error;
    }
    *ret_cgroup = c;
    return 0;
}

int cgroup_open(const char *path, struct cgroup *ret_cgroup, struct failure *failure)
{
    autocgroup struct cgroup c = CGROUP_EMPTY;
    if (!cgroup_path_is_valid(path))
        return refuse(failure, -EINVAL, "\"%s\" is no path of a control group", path);
    c.layout = cgroup_detect();
    memcpy(c.path, path, strlen(path) + 1);
    autoclose int v2_root = cgroup_open_v2_root();
    int found = 0;
    if (v2_root >= 0)
        c.v2_fd = cgroup_open_folder(v2_root, path);
    found += c.v2_fd >= 0;
    for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
        autoclose int root = cgroup_open_v1_root((enum cgroup_controller)i);
        if (root < 0)
            continue;
        c.v1_fd[i] = cgroup_open_folder(root, path);
        if (c.v1_fd[i] < 0)
            continue;
        found++;
        c.v1_tasks_fd[i] = path_open_beneath(c.v1_fd[i], "tasks", O_WRONLY);
    }
    if (found == 0)
        return refuse(failure, -ENOENT, "the control group %s is gone", path);
    *ret_cgroup = c;
    c = (struct cgroup)CGROUP_EMPTY;
    return 0;
}

bool cgroup_needs_attach(const struct cgroup *c)
{
    for (int i = 0; i < CGROUP_CONTROLLERS; i++)
        if (c->v1_fd[i] >= 0)
            return true;
    return false;
}

static int fail_moving(struct failure *f, int error, const struct cgroup *c, int controller)
{
    return fail(f, error, "moving a process into the %s group %s",
                cgroup_v1_name((enum cgroup_controller)controller), c->path);
}

int cgroup_enter(const struct cgroup *c, struct failure *failure)
{
    for (int i = 0; i < CGROUP_CONTROLLERS; i++)
        if (c->v1_fd[i] >= 0 && write(c->v1_tasks_fd[i], "0", 1) != 1) /* 0: the writer */
            return fail_moving(failure, -errno, c, i);
    return 0;
}

int cgroup_attach(const struct cgroup *c, pid_t pid, struct failure *failure)
{
    char text[16];
    (void)snprintf(text, sizeof(text), "%d", (int)pid); /* fits */
    for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
        int error = c->v1_fd[i] < 0 ? 0 : cgroup_write_file(c->v1_fd[i], "cgroup.procs", text);
        if (error != 0)
            return fail_moving(failure, error, c, i);
    }
    return 0;
}
