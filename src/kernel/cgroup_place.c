/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cgroup_place.h"

#include "base/number.h"
#include "base/strings.h"
#include "kernel/cgroup_tree.h"
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#define OWN_GROUP "unroot-self"
#define OWN_PROCESSES_MAX 1000

static bool is_delegated(int v2_root_fd, const char *path)
{
    autoclose int fd = cgroup_open_folder(v2_root_fd, path);
    char value[2];
    for (int i = 0; fd >= 0 && i < 2; i++)
        if (fgetxattr(fd, i == 0 ? "trusted.delegate" : "user.delegate", value, sizeof(value)) == 1 &&
            value[0] == '1')
            return true;
    return false;
}

/* The group of the v2 tree that we are in, without its first slash; "" for the root or when it cannot be
 * told. */
static void read_own_group(char ret_path[CGROUP_PATH_MAX])
{
    ret_path[0] = '\0';
    autoclose int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char content[CGROUP_VALUE_SIZE];
    if (self < 0 || cgroup_read_file(self, "cgroup", content) != 0)
        return;
    for (const char *line = content; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *path = string_after(line, "0::/");
        if (!path)
            continue;
        char own[CGROUP_PATH_MAX];
        size_t n = strcspn(path, "\n");
        if (n < sizeof(own)) {
            (void)snprintf(own, sizeof(own), "%.*s", (int)n, path); /* fits */
            if (cgroup_path_is_valid(own))
                memcpy(ret_path, own, n + 1);
        }
        return;
    }
}

/* The nearest delegated group at or above our own, or "". */
static void find_delegated(char ret_path[CGROUP_PATH_MAX])
{
    ret_path[0] = '\0';
    autoclose int root = cgroup_open_v2_root();
    char path[CGROUP_PATH_MAX];
    if (root < 0)
        return;
    read_own_group(path);
    while (path[0] != '\0') {
        if (is_delegated(root, path)) {
            memcpy(ret_path, path, sizeof(path));
            return;
        }
        char *slash = strrchr(path, '/');
        *(slash ? slash : path) = '\0';
    }
}

int cgroup_place_find(const char *parent, const char *id, char ret_path[CGROUP_PATH_MAX],
                      struct failure *failure)
{
    char path[CGROUP_PATH_MAX], base[CGROUP_PATH_MAX] = "";
    if (!parent && cgroup_detect() == CGROUP_V2)
        find_delegated(base);
    const char *within = parent ? parent + (parent[0] == '/') : CGROUP_PARENT_DEFAULT;
    int n = snprintf(path, sizeof(path), "%s%s%s/%s", base, base[0] ? "/" : "", within, id);
    if (n < 0 || (size_t)n >= sizeof(path) || strchr(id, '/') || !cgroup_path_is_valid(path))
        return refuse(failure, -EINVAL, "cgroup parent \"%s\": not a path as \"group\" or \"a/b\"",
                      parent ? parent : within);
    memcpy(ret_path, path, (size_t)n + 1);
    return 0;
}

unsigned cgroup_place_controllers(int v2_root_fd)
{
    char list[CGROUP_VALUE_SIZE];
    unsigned bits = 1U << CGROUP_FREEZER; /* a part of v2 itself, as is the count of processor time */
    bits |= 1U << CGROUP_CPUACCT;
    if (cgroup_read_file(v2_root_fd, "cgroup.controllers", list) != 0)
        return bits;
    for (int c = 0; c < CGROUP_CONTROLLERS; c++)
        if (cgroup_list_has(list, cgroup_controller_name((enum cgroup_controller)c)))
            bits |= 1U << c;
    return bits;
}

struct enabler {
    int root_fd;
    unsigned needed;
    struct failure *failure;
};

/* Only these are systemd's business, and only in the root's file: what is below our own name is ours. */
static bool is_managed_by_systemd(enum cgroup_controller c)
{
    return c == CGROUP_CPU || c == CGROUP_CPUSET || c == CGROUP_IO || c == CGROUP_MEMORY || c == CGROUP_PIDS;
}

static int refuse_root(struct failure *f, const char *name)
{
    const char *root = cgroup_v2_root_path();
    return refuse(
        f, -EPERM,
        "the %s controller is not enabled in %s/cgroup.subtree_control, which systemd manages: start unroot "
        "in a "
        "unit with Delegate=yes (systemd-run --scope -p Delegate=yes unroot ..), or enable it there yourself "
        "(echo +%s > %s/cgroup.subtree_control)",
        name, root, name, root);
}

static int fail_enabling(struct failure *f, int error, const char *name, const char *parent_path)
{
    const char *slash = parent_path[0] ? "/" : "";
    if (error == -EBUSY)
        return refuse(
            f, error,
            "the %s controller cannot be enabled in %s%s%s/cgroup.subtree_control: processes are in that "
            "group "
            "itself (cgroups(7), no internal processes): move them to a group below it, or name another "
            "--cgroup-parent",
            name, cgroup_v2_root_path(), slash, parent_path);
    return fail(f, error, "enabling the %s controller in %s%s%s/cgroup.subtree_control", name,
                cgroup_v2_root_path(), slash, parent_path);
}

/* The next process that is in the group itself (not below it): its id, 0 for none, or negative errno. */
static int next_process(int folder_fd)
{
    autoclose int fd = path_open_beneath(folder_fd, "cgroup.procs", O_RDONLY);
    char line[16] = "";
    uint64_t pid = 0;
    if (fd < 0)
        return fd;
    ssize_t n = read(fd, line, sizeof(line) - 1);
    if (n <= 0)
        return n < 0 ? -errno : 0;
    line[strcspn(line, "\n")] = '\0';
    int error = number_parse(line, INT32_MAX, &pid);
    return error < 0 ? error : pid > 0 ? (int)pid : -EBUSY; /* 0: outside our pid namespace */
}

/* A delegated group is ours with all that is in it: its own processes (this one, mostly) go to a group beside
 * the containers'. Otherwise it stays as it is. 0 when none is left in it, else -EBUSY. */
static int clear_group(const struct enabler *e, int folder_fd, const char *path)
{
    int pid = next_process(folder_fd);
    if (pid <= 0 || !is_delegated(e->root_fd, path))
        return pid > 0 ? -EBUSY : pid;
    autoclose int beside = cgroup_make_folder(folder_fd, OWN_GROUP, NULL);
    for (int i = 0; beside >= 0 && pid > 0 && i < OWN_PROCESSES_MAX; i++) {
        char text[16];
        (void)snprintf(text, sizeof(text), "%d", pid); /* fits */
        int error = cgroup_write_file(beside, "cgroup.procs", text);
        if (error != 0 && error != -ESRCH)
            return -EBUSY;
        pid = next_process(folder_fd);
    }
    return pid == 0 ? 0 : -EBUSY;
}

static int enable_one(const struct enabler *e, int parent_fd, const char *parent_path,
                      enum cgroup_controller c)
{
    const char *name = cgroup_controller_name(c);
    char list[CGROUP_VALUE_SIZE], word[32];
    int error = cgroup_read_file(parent_fd, "cgroup.subtree_control", list);
    if (error == 0 && cgroup_list_has(list, name))
        return 0;
    if (error == 0 && parent_path[0] == '\0' && is_managed_by_systemd(c) &&
        access("/run/systemd/system", F_OK) == 0)
        return refuse_root(e->failure, name);
    /* The kernel refuses domain controllers here, but takes threaded ones and makes every child unusable
     * instead
     * ("domain invalid", cgroups(7)): looked at before. */
    if (error == 0 && parent_path[0] != '\0')
        error = clear_group(e, parent_fd, parent_path);
    (void)snprintf(word, sizeof(word), "+%s", name); /* fits */
    if (error == 0)
        error = cgroup_write_file(parent_fd, "cgroup.subtree_control", word);
    return error == 0 ? 0 : fail_enabling(e->failure, error, name, parent_path);
}

static int enable_above(void *context, int parent_fd, int folder_fd, const char *path)
{
    (void)folder_fd;
    const struct enabler *e = context;
    char above[CGROUP_PATH_MAX];
    const char *slash = strrchr(path, '/');
    (void)snprintf(above, sizeof(above), "%.*s", slash ? (int)(slash - path) : 0, path); /* fits */
    for (int c = 0; c < CGROUP_CONTROLLERS; c++) {
        int error = e->needed & (1U << c) ? enable_one(e, parent_fd, above, (enum cgroup_controller)c) : 0;
        if (error != 0)
            return error;
    }
    return 0;
}

int cgroup_place_make(int v2_root_fd, const char *path, unsigned needed, struct failure *failure)
{
    struct enabler enabler = {.root_fd = v2_root_fd,
                              .needed = needed & ~((1U << CGROUP_FREEZER) | (1U << CGROUP_CPUACCT)),
                              .failure = failure};
    const struct cgroup_visitor visitor = {enable_above, &enabler};
    int fd = cgroup_make_folder(v2_root_fd, path, &visitor);
    if (fd < 0 && failure->error == 0)
        return fail(failure, fd, "making the group %s/%s", cgroup_v2_root_path(), path);
    return fd;
}
