/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a container's groups: ended, frozen, limited anew. */
#include "base/strings.h"
#include "kernel/cgroup_place.h"
#include "kernel/cgroup_set.h"
#include "kernel/cgroup_tree.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define FREEZE_TIMEOUT_MS 10000

static int first_v1(const struct cgroup *c)
{
    for (int i = 0; i < CGROUP_CONTROLLERS; i++)
        if (c->v1_fd[i] >= 0)
            return c->v1_fd[i];
    return -EBADF;
}

/* One signal to each; how many there were, or negative errno. */
static int kill_round(int folder_fd)
{
    autofree pid_t *pids = NULL;
    size_t count = 0;
    int error = cgroup_set_pids(folder_fd, &pids, &count);
    for (size_t i = 0; i < count && error == 0; i++)
        if (kill(pids[i], SIGKILL) != 0 && errno != ESRCH)
            error = -errno;
    return error != 0 ? error : (int)count;
}

/* Somebody else removed the group meanwhile: its folder has no files any more, or they are dead. */
static bool is_gone(int error)
{
    return error == -ENODEV || error == -ENOENT;
}

static bool is_populated(const struct cgroup *c)
{
    uint64_t populated = 1;
    if (c->v2_fd >= 0) {
        int error = cgroup_read_number(c->v2_fd, "cgroup.events", "populated", &populated);
        return error == 0 ? populated != 0 : !is_gone(error);
    }
    pid_t *pids = NULL;
    size_t count = 0;
    int error = cgroup_set_pids(first_v1(c), &pids, &count);
    free(pids);
    return error != 0 ? !is_gone(error) : count > 0;
}

int cgroup_kill(const struct cgroup *c, uint32_t timeout_ms, struct failure *failure)
{
    int folder = c->v2_fd >= 0 ? c->v2_fd : first_v1(c);
    if (folder < 0)
        return refuse(failure, -EOPNOTSUPP, "the control group %s holds no processes", c->path);
    int error = c->v2_fd >= 0 ? cgroup_write_file(folder, "cgroup.kill", "1") : -ENOENT;
    if (error == -ENODEV) /* removed meanwhile */
        return 0;
    bool by_signal = error == -ENOENT; /* v1, or FALLBACK(linux < 5.14): no cgroup.kill */
    if (error != 0 && !by_signal)
        return fail(failure, error, "ending the processes of the group %s", c->path);
    uint32_t waited = 0;
    while (is_populated(c)) {
        error = by_signal ? kill_round(folder) : 0;
        if (error < 0)
            return fail(failure, error, "ending the processes of the group %s", c->path);
        if (!cgroup_wait_more(&waited, timeout_ms))
            return refuse(failure, -ETIMEDOUT, "processes of the group %s did not end within %u ms", c->path,
                          timeout_ms);
    }
    return 0;
}

int cgroup_is_frozen(const struct cgroup *c)
{
    char state[CGROUP_VALUE_SIZE];
    if (c->v2_fd >= 0) {
        uint64_t frozen = 0;
        int error = cgroup_read_number(c->v2_fd, "cgroup.events", "frozen", &frozen);
        return error == 0 ? frozen != 0 : error;
    }
    if (c->v1_fd[CGROUP_FREEZER] < 0)
        return 0;
    int error = cgroup_read_file(c->v1_fd[CGROUP_FREEZER], "freezer.state", state);
    return error == 0 ? streq(state, "FROZEN") : error;
}

int cgroup_path_is_frozen(const char *path)
{
    autocgroup struct cgroup c = CGROUP_EMPTY;
    if (!cgroup_path_is_valid(path))
        return -EINVAL;
    autoclose int v2_root = cgroup_open_v2_root();
    if (v2_root >= 0)
        c.v2_fd = cgroup_open_folder(v2_root, path);
    autoclose int v1_root = c.v2_fd < 0 ? cgroup_open_v1_root(CGROUP_FREEZER) : -EBADF;
    if (v1_root >= 0)
        c.v1_fd[CGROUP_FREEZER] = cgroup_open_folder(v1_root, path);
    return cgroup_is_frozen(&c);
}

/* The processes of the groups that were there `before` go to those that were made late. Twice: the second
 * time takes what was forked during the first. */
static int move_members(const struct cgroup *c, const struct cgroup *before, pid_t init, struct failure *f)
{
    for (int round = 0; round < 2; round++) {
        autofree pid_t *pids = NULL;
        size_t count = 0;
        int error = cgroup_set_members(before, init, &pids, &count);
        if (error != 0)
            return fail(f, error, "finding the processes of the group %s", c->path);
        for (size_t i = 0; i < count; i++) {
            struct failure one = {0};
            error = cgroup_attach(c, pids[i], &one);
            if (error != 0 && error != -ESRCH) {
                *f = one;
                return error;
            }
        }
    }
    return 0;
}

static int make_late(struct cgroup *c, const char *what, enum cgroup_controller controller, struct failure *f)
{
    autoclose int root = cgroup_open_v1_root(controller);
    if (root < 0)
        return cgroup_set_refuse_absent(what, controller, f);
    int error = cgroup_set_make_v1(c, controller, root);
    return error == 0 ? 0 : fail(f, error, "making the %s group %s", cgroup_v1_name(controller), c->path);
}

/* A v1 group that can freeze, with the container's processes in it. */
static int make_freezer(struct cgroup *c, pid_t init, struct failure *f)
{
    const struct cgroup before = *c;
    int error = make_late(c, "freezing", CGROUP_FREEZER, f);
    return error == 0 ? move_members(c, &before, init, f) : error;
}

/* Asks until the kernel says that it is so. */
static int write_and_wait(const struct cgroup *c, bool freeze)
{
    bool v2 = c->v2_fd >= 0;
    int folder = v2 ? c->v2_fd : c->v1_fd[CGROUP_FREEZER];
    const char *file = v2 ? "cgroup.freeze" : "freezer.state";
    const char *value = v2 ? (freeze ? "1" : "0") : (freeze ? "FROZEN" : "THAWED");
    int error = cgroup_write_file(folder, file, value);
    for (uint32_t waited = 0; error == 0;) {
        int now = cgroup_is_frozen(c);
        if (now >= 0 && (now == 1) == freeze)
            return 0;
        if (now < 0)
            return now;
        if (!cgroup_wait_more(&waited, FREEZE_TIMEOUT_MS))
            return -ETIMEDOUT;
        if (!v2) /* v1 stays FREEZING until it is asked again when a process was forking */
            error = cgroup_write_file(folder, file, value);
    }
    return error;
}

int cgroup_freeze(struct cgroup *c, pid_t init, bool freeze, struct failure *failure)
{
    if (c->v2_fd < 0 && c->v1_fd[CGROUP_FREEZER] < 0) {
        int error = freeze ? make_freezer(c, init, failure) : 0;
        if (error != 0 || !freeze)
            return error;
    }
    int error = write_and_wait(c, freeze);
    if (error == 0)
        return 0;
    ignore(freeze ? write_and_wait(c, false) : 0); /* never left half frozen: on v1 nothing could end it */
    return fail(failure, error, "%s the group %s", freeze ? "freezing" : "thawing", c->path);
}

/* What the settings need and is not there yet: controllers in the v2 tree, v1 groups. *ret_made: a v1 group
 * is new. */
static int make_missing(struct cgroup *c, const struct cgroup_settings *settings, bool *ret_made,
                        struct failure *f)
{
    unsigned needed = 0;
    for (size_t i = 0; i < settings->count; i++) {
        const struct cgroup_setting *s = &settings->items[i];
        if (s->optional)
            continue;
        if (s->v2) {
            needed |= 1U << s->controller;
        } else if (c->v1_fd[s->controller] < 0) {
            int error = make_late(c, s->what, s->controller, f);
            if (error != 0)
                return error;
            *ret_made = true;
        }
    }
    if (needed == 0)
        return 0;
    autoclose int root = cgroup_open_v2_root();
    autoclose int same = root < 0 ? root : cgroup_place_make(root, c->path, needed, f);
    return same < 0 ? same : 0;
}

/* What the files want together and is not changed together: the quota beside a period (v2), the memory limit
 * beside that of memory and swap. */
static void take_present(const struct cgroup *c, struct cgroup_limits *limits)
{
    int64_t quota_us;
    uint64_t period_us, bytes = 0;
    int v1 = c->v1_fd[CGROUP_MEMORY];
    if (limits->memory_swap_bytes > 0 && limits->memory_bytes == 0) {
        int error = v1 >= 0 ? cgroup_read_number(v1, "memory.limit_in_bytes", NULL, &bytes)
                            : cgroup_read_number(c->v2_fd, "memory.max", NULL, &bytes);
        limits->memory_bytes = error == 0 && bytes < INT64_MAX / 4 ? (int64_t)bytes : 0; /* more is "none" */
    }
    if (limits->cpu_period_us > 0 && limits->cpu_quota_us == 0 &&
        cgroup_read_quota(c, &quota_us, &period_us) == 0)
        limits->cpu_quota_us = quota_us < 0 ? 0 : quota_us;
}

/* The v1 groups that `before` has not: nobody is in them. */
static void remove_late(struct cgroup *c, const struct cgroup *before)
{
    for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
        if (c->v1_fd[i] < 0 || before->v1_fd[i] >= 0)
            continue;
        (void)close(TAKE_FD(c->v1_fd[i]));
        if (c->v1_tasks_fd[i] >= 0)
            (void)close(TAKE_FD(c->v1_tasks_fd[i]));
        autoclose int root = cgroup_open_v1_root((enum cgroup_controller)i);
        if (root >= 0)
            ignore(cgroup_set_remove(root, c->path, 0)); /* what stays goes with the container */
    }
}

int cgroup_update(struct cgroup *c, pid_t init, const struct cgroup_limits *limits,
                  struct cgroup_values *ret_before, struct failure *failure)
{
    autoclose int v2_root = cgroup_open_v2_root();
    autosettings struct cgroup_settings settings = {0};
    autovalues struct cgroup_values values = {0};
    struct cgroup_limits all = *limits;
    take_present(c, &all);
    int error =
        cgroup_settings_make(&all, v2_root < 0 ? 0 : cgroup_place_controllers(v2_root), &settings, failure);
    const struct cgroup before = *c;
    bool made = false;
    if (error == 0)
        error = make_missing(c, &settings, &made, failure);
    if (error == 0 && cgroup_values_save(c, &settings, &values) < 0)
        error = fail(failure, -ENOMEM, "reading the limits");
    if (error == 0) {
        error = cgroup_set_apply(c, &settings, failure);
        if (error != 0)
            cgroup_values_restore(&values, failure);
    }
    if (error != 0)
        remove_late(c, &before);
    if (error == 0 && made)
        error = move_members(c, &before, init, failure);
    if (error == 0 && ret_before) {
        *ret_before = values;
        values = (struct cgroup_values){0};
    }
    return error;
}
