/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cgroup_set.h"

#include "base/number.h"
#include "base/strings.h"
#include "kernel/cgroup_tree.h"
#include "kernel/file.h"
#include "kernel/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROCS_MAX_BYTES (16U << 20)

static int copy_if_empty(int parent_fd, int folder_fd, const char *file)
{
    char value[CGROUP_VALUE_SIZE];
    int error = cgroup_read_file(folder_fd, file, value);
    if (error != 0 || value[0] != '\0')
        return error;
    error = cgroup_read_file(parent_fd, file, value);
    return error == 0 ? cgroup_write_file(folder_fd, file, value) : error;
}

static int fill_cpuset(void *context, int parent_fd, int folder_fd, const char *path)
{
    (void)context;
    (void)path;
    int error = copy_if_empty(parent_fd, folder_fd, "cpuset.cpus");
    return error == 0 ? copy_if_empty(parent_fd, folder_fd, "cpuset.mems") : error;
}

/* Mostly only the last folder is missing, and what is above it is filled. -EAGAIN: it is not. */
static int make_last(int root_fd, const char *path, bool fills)
{
    if (mkdirat(root_fd, path, 0755) != 0)
        return -EAGAIN;
    autoclose int folder = cgroup_open_folder(root_fd, path);
    const char *slash = strrchr(path, '/');
    if (folder < 0 || !fills)
        return TAKE_FD(folder);
    char above[CGROUP_PATH_MAX];
    (void)snprintf(above, sizeof(above), "%.*s", slash ? (int)(slash - path) : 1,
                   slash ? path : "."); /* fits */
    autoclose int parent = cgroup_open_folder(root_fd, above);
    static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        char value[CGROUP_VALUE_SIZE];
        if (parent < 0 || cgroup_read_file(parent, files[i], value) != 0 || value[0] == '\0' ||
            cgroup_write_file(folder, files[i], value) != 0)
            return -EAGAIN;
    }
    return TAKE_FD(folder);
}

int cgroup_set_make_v1(struct cgroup *c, enum cgroup_controller controller, int root_fd)
{
    const struct cgroup_visitor visitor = {fill_cpuset, NULL};
    bool fills = controller == CGROUP_CPUSET;
    autoclose int folder = make_last(root_fd, c->path, fills);
    if (folder == -EAGAIN)
        folder = cgroup_make_folder(root_fd, c->path, fills ? &visitor : NULL);
    autoclose int tasks = folder < 0 ? folder : path_open_beneath(folder, "tasks", O_WRONLY);
    if (tasks < 0) {
        ignore(cgroup_set_remove(root_fd, c->path, 0)); /* half made; the failure to tell is the first */
        return tasks;
    }
    c->v1_fd[controller] = TAKE_FD(folder);
    c->v1_tasks_fd[controller] = TAKE_FD(tasks);
    return 0;
}

int cgroup_set_share_v1(struct cgroup *c, enum cgroup_controller controller, int root_fd)
{
    struct stat root, other;
    if (fstat(root_fd, &root) != 0)
        return -errno;
    for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
        if (c->v1_fd[i] < 0 || fstat(c->v1_fd[i], &other) != 0 || other.st_dev != root.st_dev)
            continue;
        autoclose int folder = fcntl(c->v1_fd[i], F_DUPFD_CLOEXEC, 3);
        autoclose int tasks = folder < 0 ? -errno : fcntl(c->v1_tasks_fd[i], F_DUPFD_CLOEXEC, 3);
        if (folder < 0 || tasks < 0)
            return -errno;
        c->v1_fd[controller] = TAKE_FD(folder);
        c->v1_tasks_fd[controller] = TAKE_FD(tasks);
        return 1;
    }
    return 0;
}

int cgroup_set_refuse_absent(const char *what, enum cgroup_controller controller, struct failure *failure)
{
    const char *name = cgroup_controller_name(controller);
    if (controller == CGROUP_NET_CLS || controller == CGROUP_NET_PRIO)
        return refuse(
            failure, -EOPNOTSUPP,
            "%s: the %s controller is one of version 1 alone and not at /sys/fs/cgroup/%s: mount it "
            "there, or leave this out",
            what, name, name);
    return refuse(failure, -EOPNOTSUPP,
                  "%s: the %s controller is not here (neither in cgroup.controllers of a v2 tree nor at "
                  "/sys/fs/cgroup/%s): mount it, or boot with it enabled, or leave the limit out",
                  what, name, cgroup_v1_name(controller));
}

/* "2MB 1GB": of the files "hugetlb.2MB.max" of a group. */
static void list_page_sizes(int folder_fd, char *ret_list, size_t size)
{
    autoclose int copy = fcntl(folder_fd, F_DUPFD_CLOEXEC, 3);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);
    size_t n = 0;
    ret_list[0] = '\0';
    if (!d)
        return;
    TAKE_FD(copy); /* closedir() closes it */
    rewinddir(d);
    for (struct dirent *e = readdir(d); e && n < size; e = readdir(d)) {
        const char *at = string_after(e->d_name, "hugetlb."), *dot = at ? strchr(at, '.') : NULL;
        if (dot && (streq(dot, ".max") || streq(dot, ".limit_in_bytes")))
            n += (size_t)snprintf(ret_list + n, size - n, " %.*s", (int)(dot - at), at); /* cut: seen above */
    }
    (void)closedir(d); /* only read */
}

static int fail_absent_file(const struct cgroup *c, const struct cgroup_setting *s, struct failure *f)
{
    const char *name = s->v2 ? cgroup_controller_name(s->controller) : cgroup_v1_name(s->controller);
    char sizes[200];
    int folder = s->v2 ? c->v2_fd : c->v1_fd[s->controller];
    if (s->controller == CGROUP_HUGETLB && folder >= 0) {
        list_page_sizes(folder, sizes, sizeof(sizes));
        return refuse(f, -EOPNOTSUPP, "%s: this kernel has no %s in the %s group %s; its page sizes are%s",
                      s->what, s->write.file, name, c->path, sizes[0] ? sizes : " none");
    }
    return refuse(f, -EOPNOTSUPP, "%s: this kernel has no %s%s%s in the %s group %s%s", s->what,
                  s->write.file, s->instead.file ? " or " : "", s->instead.file ? s->instead.file : "", name,
                  c->path,
                  strstr(s->write.file, "sw")
                      ? ": it does not count swap (swapaccount=1 on its command line switches that on)"
                      : "");
}

static int fail_setting(const struct cgroup *c, const struct cgroup_setting *s, int error, struct failure *f)
{
    const char *name = s->v2 ? cgroup_controller_name(s->controller) : cgroup_v1_name(s->controller);
    const char *hint = "", *value = s->write.value, *file = s->write.file;
    if (error == -ENOENT)
        return fail_absent_file(c, s, f);
    if (error == -EBUSY && s->controller == CGROUP_MEMORY)
        hint = ": less than what is in use";
    else if (error == -ENODEV && s->controller == CGROUP_IO)
        hint = " (no such disk here, or a partition, which is not limited by itself?)";
    else if (error == -EOPNOTSUPP && s->controller == CGROUP_IO)
        hint = " (the disk has another scheduler than bfq?)";
    else if (error == -ENODEV && (s->controller == CGROUP_NET_PRIO || s->controller == CGROUP_RDMA))
        hint = " (no such device here?)";
    else if (error == -ERANGE || error == -EINVAL || error == -EACCES)
        hint = " (more than its parent group or this machine has?)";
    return fail(f, error, "%s: writing %s to %s of the %s group %s%s", s->what, value, file, name, c->path,
                hint);
}

static int write_setting(const struct cgroup *c, const struct cgroup_setting *s)
{
    int folder = s->v2 ? c->v2_fd : c->v1_fd[s->controller];
    int error = folder < 0 ? -ENOENT : cgroup_write_file(folder, s->write.file, s->write.value);
    if (error == -ENOENT && folder >= 0 && s->instead.file)
        error = cgroup_write_file(folder, s->instead.file, s->instead.value);
    return s->optional && error == -ENOENT ? 0 : error;
}

/* -EINVAL may be for the order: memory <= memory + swap (v1), burst <= quota, no weight for an idle group.
 * What failed so is written once more when all others are. */
int cgroup_set_apply(const struct cgroup *c, const struct cgroup_settings *settings, struct failure *failure)
{
    size_t behind = settings->count, last = settings->count;
    for (size_t i = 0; i < settings->count; i++) {
        int error = write_setting(c, &settings->items[i]);
        if (error == -EINVAL) {
            behind = behind == settings->count ? i : behind;
            last = i;
        } else if (error != 0) {
            return fail_setting(c, &settings->items[i], error, failure);
        }
    }
    for (size_t i = behind; i < settings->count && i <= last; i++) {
        int error = write_setting(c, &settings->items[i]);
        if (error != 0)
            return fail_setting(c, &settings->items[i], error, failure);
    }
    return 0;
}

struct collection {
    pid_t *pids;
    size_t count;
};

static int collection_add(struct collection *c, pid_t pid)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->pids[i] == pid)
            return 0;
    pid_t *pids = reallocarray(c->pids, c->count + 1, sizeof(*pids));
    if (!pids)
        return -ENOMEM;
    c->pids = pids;
    pids[c->count++] = pid;
    return 0;
}

/* Numbers, one a line; 0 is a process outside our pid namespace. */
static int collect_lines(struct collection *c, const char *lines)
{
    while (*lines) {
        char digits[12];
        size_t n = strcspn(lines, "\n");
        (void)snprintf(digits, sizeof(digits), "%.*s", (int)n, lines); /* cut: no number */
        uint64_t pid;
        int error = number_parse(digits, INT32_MAX, &pid);
        if (error == 0 && pid > 0)
            error = collection_add(c, (pid_t)pid);
        if (error != 0)
            return error;
        lines += n + (lines[n] != '\0');
    }
    return 0;
}

static int collect_group(void *context, int parent_fd, int folder_fd, const char *path)
{
    (void)parent_fd;
    (void)path;
    autoclose int fd = path_open_beneath(folder_fd, "cgroup.procs", O_RDONLY);
    autofree char *lines = NULL;
    int error = fd < 0 ? fd : fd_read_whole(fd, PROCS_MAX_BYTES, &lines, NULL);
    if (error == -ENODEV || error == -ENOENT ||
        error == -EOPNOTSUPP) /* removed meanwhile, or a threaded group */
        return 0;
    return error == 0 ? collect_lines(context, lines) : error;
}

int cgroup_set_pids(int folder_fd, pid_t **ret_pids, size_t *ret_count)
{
    struct collection all = {0};
    const struct cgroup_visitor visitor = {collect_group, &all};
    int error = cgroup_walk(folder_fd, &visitor);
    if (error != 0) {
        free(all.pids);
        return error;
    }
    *ret_pids = all.pids;
    *ret_count = all.count;
    return 0;
}

static ino_t pid_namespace_of(int proc_fd, const char *pid)
{
    char path[64];
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s/ns/pid", pid); /* fits: pid is a number */
    return fstatat(proc_fd, path, &st, 0) == 0 ? st.st_ino : 0;
}

static int collect_namespace(pid_t init, struct collection *all)
{
    DIR *d = opendir("/proc");
    if (!d)
        return -errno;
    char name[16];
    (void)snprintf(name, sizeof(name), "%d", (int)init); /* fits */
    ino_t wanted = pid_namespace_of(dirfd(d), name), own = pid_namespace_of(dirfd(d), "self");
    int error = wanted == 0 || wanted == own ? -ESRCH : 0;
    for (struct dirent *e = readdir(d); e && error == 0; e = readdir(d)) {
        uint64_t pid;
        if (number_parse(e->d_name, INT32_MAX, &pid) == 0 && pid_namespace_of(dirfd(d), e->d_name) == wanted)
            error = collection_add(all, (pid_t)pid);
    }
    (void)closedir(d); /* only read */
    return error;
}

int cgroup_set_members(const struct cgroup *c, pid_t init, pid_t **ret_pids, size_t *ret_count)
{
    int folder = c->v2_fd;
    for (int i = 0; folder < 0 && i < CGROUP_CONTROLLERS; i++)
        folder = c->v1_fd[i];
    if (folder >= 0)
        return cgroup_set_pids(folder, ret_pids, ret_count);
    struct collection all = {0};
    int error = collect_namespace(init, &all);
    if (error != 0) {
        free(all.pids);
        return error;
    }
    *ret_pids = all.pids;
    *ret_count = all.count;
    return 0;
}

static int remove_folder(void *context, int parent_fd, int folder_fd, const char *path)
{
    (void)context;
    (void)folder_fd;
    if (parent_fd < 0) /* the container's own: by cgroup_set_remove() */
        return 0;
    return unlinkat(parent_fd, path, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
}

/* A group alone: -EBUSY while processes or groups are in it. These file systems have no links, so the path
 * leads nowhere else. */
static int remove_one(int root_fd, const char *path)
{
    return unlinkat(root_fd, path, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
}

static int remove_once(int root_fd, const char *path)
{
    if (remove_one(root_fd, path) == 0)
        return 0;
    autoclose int fd = cgroup_open_folder(root_fd, path);
    if (fd == -ENOENT)
        return 0;
    const struct cgroup_visitor visitor = {remove_folder, NULL};
    int error = fd < 0 ? fd : cgroup_walk(fd, &visitor);
    return error != 0 ? error : remove_one(root_fd, path);
}

int cgroup_remove_empty(const char *path)
{
    if (!cgroup_path_is_valid(path))
        return -EINVAL;
    autoclose int v2_root = cgroup_open_v2_root();
    int error = v2_root < 0 ? 0 : remove_one(v2_root, path);
    for (int i = 0; i < CGROUP_CONTROLLERS && error == 0; i++) {
        autoclose int root = cgroup_open_v1_root((enum cgroup_controller)i);
        error = root < 0 ? 0 : remove_one(root, path);
    }
    return error;
}

int cgroup_set_remove(int root_fd, const char *path, uint32_t timeout_ms)
{
    uint32_t waited = 0;
    int error = remove_once(root_fd, path);
    while (error == -EBUSY && cgroup_wait_more(&waited, timeout_ms))
        error = remove_once(root_fd, path);
    return error;
}
