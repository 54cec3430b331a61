/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's groups count, and what is left of groups. */
#include "base/number.h"
#include "base/strings.h"
#include "kernel/cgroup_place.h"
#include "kernel/cgroup_set.h"
#include "kernel/cgroup_tree.h"
#include "kernel/file.h"
#include "kernel/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define REMOVE_TIMEOUT_MS 2000
#define TEXT_MAX_BYTES (1U << 20)
/* v1's "no limit": PAGE_COUNTER_MAX in bytes */
#define V1_UNLIMITED (UINT64_C(1) << 62)

static int tracking_folder(const struct cgroup *c)
{
    int folder = c->v2_fd;
    for (int i = 0; folder < 0 && i < CGROUP_CONTROLLERS; i++)
        folder = c->v1_fd[i];
    return folder;
}

int cgroup_read_pids(const struct cgroup *c, pid_t **ret_pids, size_t *ret_count)
{
    int folder = tracking_folder(c);
    return folder < 0 ? -EOPNOTSUPP : cgroup_set_pids(folder, ret_pids, ret_count);
}

/* The second number of /proc/PID/statm is resident pages; a process that is gone has none. */
static uint64_t resident_bytes(pid_t pid)
{
    char path[40];
    (void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid); /* fits */
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    char line[200] = "";
    ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
    char *end = line;
    if (n <= 0)
        return 0;
    (void)strtoumax(line, &end, 10); /* the kernel's own numbers */
    return strtoumax(end, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void read_memory(const struct cgroup *c, struct cgroup_stats *s)
{
    int v1 = c->v1_fd[CGROUP_MEMORY];
    s->memory_limit_bytes = UINT64_MAX;
    if (v1 >= 0 && cgroup_read_number(v1, "memory.usage_in_bytes", NULL, &s->memory_bytes) == 0) {
        if (cgroup_read_number(v1, "memory.limit_in_bytes", NULL, &s->memory_limit_bytes) != 0 ||
            s->memory_limit_bytes >= V1_UNLIMITED)
            s->memory_limit_bytes = UINT64_MAX;
        return;
    }
    if (c->v2_fd >= 0 && cgroup_read_number(c->v2_fd, "memory.current", NULL, &s->memory_bytes) == 0) {
        if (cgroup_read_number(c->v2_fd, "memory.max", NULL, &s->memory_limit_bytes) != 0)
            s->memory_limit_bytes = UINT64_MAX;
        return;
    }
    s->memory_is_estimate = true;
    autofree pid_t *pids = NULL;
    size_t count = 0;
    if (cgroup_read_pids(c, &pids, &count) == 0)
        for (size_t i = 0; i < count; i++)
            s->memory_bytes += resident_bytes(pids[i]);
}

int cgroup_read_quota(const struct cgroup *c, int64_t *ret_quota_us, uint64_t *ret_period_us)
{
    char text[CGROUP_VALUE_SIZE];
    uint64_t quota = 0, period;
    int error = c->v2_fd < 0 ? -ENOENT : cgroup_read_file(c->v2_fd, "cpu.max", text);
    if (error != 0)
        return error;
    char *space = strchr(text, ' ');
    if (!space)
        return -EPROTO;
    *space = '\0';
    bool unlimited = streq(text, "max");
    if (number_parse(space + 1, INT64_MAX, &period) < 0 ||
        (!unlimited && number_parse(text, INT64_MAX, &quota) < 0))
        return -EPROTO;
    *ret_quota_us = unlimited ? -1 : (int64_t)quota;
    *ret_period_us = period;
    return 0;
}

int cgroup_read_text(const struct cgroup *c, enum cgroup_controller controller, const char *v1_file,
                     const char *v2_file, char **ret_text)
{
    bool v1 = c->v1_fd[controller] >= 0;
    const char *name = v1 ? v1_file : v2_file;
    int folder = v1 ? c->v1_fd[controller] : c->v2_fd;
    autoclose int fd = folder < 0 || !name ? -ENOENT : path_open_beneath(folder, name, O_RDONLY);
    return fd < 0 ? fd : fd_read_whole(fd, TEXT_MAX_BYTES, ret_text, NULL);
}

int cgroup_read_oom_kills(const struct cgroup *c, uint64_t *ret_count)
{
    if (c->v1_fd[CGROUP_MEMORY] >= 0)
        return cgroup_read_number(c->v1_fd[CGROUP_MEMORY], "memory.oom_control", "oom_kill", ret_count);
    return c->v2_fd < 0 ? -ENOENT : cgroup_read_number(c->v2_fd, "memory.events", "oom_kill", ret_count);
}

static void read_processor(const struct cgroup *c, struct cgroup_stats *s)
{
    uint64_t ns;
    if (c->v2_fd >= 0 && cgroup_read_number(c->v2_fd, "cpu.stat", "usage_usec", &s->cpu_usec) == 0)
        return;
    if (c->v1_fd[CGROUP_CPUACCT] >= 0 &&
        cgroup_read_number(c->v1_fd[CGROUP_CPUACCT], "cpuacct.usage", NULL, &ns) == 0)
        s->cpu_usec = ns / 1000;
    else
        s->cpu_usec = UINT64_MAX;
}

int cgroup_read_stats(const struct cgroup *c, struct cgroup_stats *ret_stats, struct failure *failure)
{
    struct cgroup_stats s = {0};
    if (tracking_folder(c) < 0)
        return refuse(failure, -EOPNOTSUPP, "the control group %s holds no processes", c->path);
    read_memory(c, &s);
    read_processor(c, &s);
    int pids_folder = c->v1_fd[CGROUP_PIDS] >= 0 ? c->v1_fd[CGROUP_PIDS] : c->v2_fd;
    if (pids_folder < 0 || cgroup_read_number(pids_folder, "pids.current", NULL, &s.pids) != 0) {
        pid_t *pids = NULL;
        size_t count = 0;
        int error = cgroup_read_pids(c, &pids, &count); /* processes, not threads: nothing counts those */
        if (error != 0)
            return fail(failure, error, "counting the processes of the group %s", c->path);
        free(pids);
        s.pids = count;
    }
    *ret_stats = s;
    return 0;
}

static int remove_from(int root_fd, const char *path, int folder_fd)
{
    if (folder_fd < 0)
        return 0;
    return root_fd < 0 ? root_fd : cgroup_set_remove(root_fd, path, REMOVE_TIMEOUT_MS);
}

int cgroup_remove(struct cgroup *c, struct failure *failure)
{
    if (c->managed) {
        cgroup_close(c);
        return 0;
    }
    autoclose int v2_root = c->v2_fd >= 0 ? cgroup_open_v2_root() : -EBADF;
    int error = remove_from(v2_root, c->path, c->v2_fd);
    for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
        autoclose int root = c->v1_fd[i] >= 0 ? cgroup_open_v1_root((enum cgroup_controller)i) : -EBADF;
        int one = remove_from(root, c->path, c->v1_fd[i]);
        error = error != 0 ? error : one;
    }
    cgroup_close(c);
    return error == 0 ? 0 : fail(failure, error, "removing the control group %s", c->path);
}

static int list_one(int root_fd, const char *parent, struct strings *ids)
{
    autoclose int fd = cgroup_open_folder(root_fd, parent);
    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    DIR *d = fdopendir(fd);
    if (!d)
        return -errno;
    TAKE_FD(fd); /* closedir() closes it */
    int error = 0;
    for (struct dirent *e = readdir(d); e && error == 0; e = readdir(d))
        if (e->d_type == DT_DIR && e->d_name[0] != '.' && !strings_contain(ids, e->d_name))
            error = strings_add(ids, e->d_name);
    (void)closedir(d); /* only read */
    return error;
}

int cgroup_list(const char *parent, struct strings *ret_ids)
{
    char path[CGROUP_PATH_MAX];
    struct failure ignored = {0}; /* only says that `parent` is no path */
    int error = cgroup_place_find(parent, "x", path, &ignored);
    if (error != 0)
        return error;
    path[strlen(path) - 2] = '\0'; /* without "/x" */
    autoclose int v2_root = cgroup_open_v2_root();
    error = v2_root >= 0 ? list_one(v2_root, path, ret_ids) : 0;
    for (int i = 0; i < CGROUP_CONTROLLERS && error == 0; i++) {
        autoclose int root = cgroup_open_v1_root((enum cgroup_controller)i);
        error = root >= 0 ? list_one(root, path, ret_ids) : 0;
    }
    return error;
}
