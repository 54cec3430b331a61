/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cgroup_tree.h"

#include "base/number.h"
#include "base/strings.h"
#include "kernel/file.h"
#include "kernel/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define CGROUP_ROOT "/sys/fs/cgroup"
#define CGROUP_HYBRID_V2 CGROUP_ROOT "/unified" /* systemd's place for it since v233 */
#define LEVELS_MAX 64

static const char *const controller_names[CGROUP_CONTROLLERS] = {
    [CGROUP_CPU] = "cpu",       [CGROUP_CPUACCT] = "cpuacct", [CGROUP_CPUSET] = "cpuset",
    [CGROUP_MEMORY] = "memory", [CGROUP_PIDS] = "pids",       [CGROUP_FREEZER] = "freezer",
    [CGROUP_IO] = "io",         [CGROUP_HUGETLB] = "hugetlb", [CGROUP_RDMA] = "rdma",
    [CGROUP_MISC] = "misc",     [CGROUP_NET_CLS] = "net_cls", [CGROUP_NET_PRIO] = "net_prio",
};

const char *cgroup_controller_name(enum cgroup_controller controller)
{
    return controller_names[controller];
}

const char *cgroup_v1_name(enum cgroup_controller controller)
{
    return controller == CGROUP_IO ? "blkio" : controller_names[controller];
}

/* Opens a folder of the host if it is of this kind of file system. */
static int open_root(const char *path, unsigned magic)
{
    autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOTDIR ? -ENOENT : -errno;
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return -errno;
    return (unsigned)fs.f_type == magic ? TAKE_FD(fd) : -ENOENT;
}

static bool is_v2(const char *path)
{
    struct statfs fs;
    return statfs(path, &fs) == 0 && (unsigned)fs.f_type == CGROUP2_SUPER_MAGIC;
}

const char *cgroup_v2_root_path(void)
{
    return is_v2(CGROUP_ROOT) ? CGROUP_ROOT : CGROUP_HYBRID_V2;
}

int cgroup_open_v2_root(void)
{
    return open_root(cgroup_v2_root_path(), CGROUP2_SUPER_MAGIC);
}

int cgroup_open_v1_root(enum cgroup_controller controller)
{
    char path[64];
    (void)snprintf(path, sizeof(path), CGROUP_ROOT "/%s", cgroup_v1_name(controller)); /* always fits */
    return open_root(path, CGROUP_SUPER_MAGIC);
}

enum cgroup_layout cgroup_detect(void)
{
    if (is_v2(CGROUP_ROOT))
        return CGROUP_V2;
    if (is_v2(CGROUP_HYBRID_V2))
        return CGROUP_HYBRID;
    for (int c = 0; c < CGROUP_CONTROLLERS; c++) {
        autoclose int fd = cgroup_open_v1_root((enum cgroup_controller)c);
        if (fd >= 0)
            return CGROUP_V1;
    }
    return CGROUP_NONE;
}

bool cgroup_path_is_valid(const char *path)
{
    if (strlen(path) >= CGROUP_PATH_MAX)
        return false;
    for (const char *part = path;; part++) {
        size_t n = strcspn(part, "/");
        if (n == 0 || n > NAME_MAX || (n == 1 && part[0] == '.') ||
            (n == 2 && part[0] == '.' && part[1] == '.'))
            return false;
        for (size_t i = 0; i < n; i++)
            if ((unsigned char)part[i] <= ' ' || part[i] == 127)
                return false;
        part += n;
        if (*part == '\0')
            return true;
    }
}

int cgroup_open_folder(int dir_fd, const char *path)
{
    return path_open(dir_fd, path, O_RDONLY | O_DIRECTORY,
                     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

static int make_one(int parent_fd, const char *name)
{
    int fd = cgroup_open_folder(parent_fd, name);
    if (fd != -ENOENT)
        return fd;
    if (mkdirat(parent_fd, name, 0755) != 0 && errno != EEXIST)
        return -errno;
    return cgroup_open_folder(parent_fd, name);
}

int cgroup_make_folder(int root_fd, const char *path, const struct cgroup_visitor *visitor)
{
    if (!cgroup_path_is_valid(path))
        return -EINVAL;
    autoclose int parent = fcntl(root_fd, F_DUPFD_CLOEXEC, 0);
    if (parent < 0)
        return -errno;
    for (const char *part = path; *part;) {
        size_t n = strcspn(part, "/");
        char name[NAME_MAX + 1], until[CGROUP_PATH_MAX];
        (void)snprintf(name, sizeof(name), "%.*s", (int)n, part); /* valid paths fit */
        (void)snprintf(until, sizeof(until), "%.*s", (int)(part + n - path), path);
        autoclose int folder = make_one(parent, name);
        if (folder < 0)
            return folder;
        int error = visitor ? visitor->folder(visitor->context, parent, folder, until) : 0;
        if (error != 0)
            return error;
        (void)close(parent);
        parent = TAKE_FD(folder);
        part += n + (part[n] == '/');
    }
    return TAKE_FD(parent);
}

int cgroup_read_file(int folder_fd, const char *name, char *ret_value)
{
    autoclose int fd = path_open_beneath(folder_fd, name, O_RDONLY);
    if (fd < 0)
        return fd;
    ssize_t n = fd_read_all(fd, ret_value, CGROUP_VALUE_SIZE);
    if (n < 0)
        return (int)n;
    if (n == CGROUP_VALUE_SIZE)
        return -EFBIG;
    if (n > 0 && ret_value[n - 1] == '\n')
        n--;
    ret_value[n] = '\0';
    return 0;
}

int cgroup_write_file(int folder_fd, const char *name, const char *value)
{
    autoclose int fd = path_open_beneath(folder_fd, name, O_WRONLY);
    if (fd < 0)
        return fd;
    ssize_t n = write(fd, value, strlen(value));
    if (n < 0)
        return -errno;
    return (size_t)n == strlen(value) ? 0 : -EIO;
}

int cgroup_read_number(int folder_fd, const char *name, const char *key, uint64_t *ret_number)
{
    char content[CGROUP_VALUE_SIZE];
    int error = cgroup_read_file(folder_fd, name, content);
    if (error != 0)
        return error;
    const char *at = content;
    size_t n = key ? strlen(key) : 0;
    while (key && at && (strncmp(at, key, n) != 0 || at[n] != ' ')) {
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    if (!at)
        return -ENODATA;
    at += key ? n + 1 : 0;
    char digits[24];
    (void)snprintf(digits, sizeof(digits), "%.*s", (int)strcspn(at, "\n"), at); /* cut: no number */
    if (streq(digits, "max")) {
        *ret_number = UINT64_MAX;
        return 0;
    }
    return number_parse(digits, UINT64_MAX, ret_number);
}

bool cgroup_list_has(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = list; *at;) {
        size_t length = strcspn(at, " \n");
        if (length == n && strncmp(at, word, n) == 0)
            return true;
        at += length + (at[length] != '\0');
    }
    return false;
}

static int walk(int parent_fd, int folder_fd, const char *name, const struct cgroup_visitor *visitor,
                int levels)
{
    if (levels == 0)
        return -ELOOP;
    int copy = fcntl(folder_fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return -errno;
    DIR *d = fdopendir(copy);
    if (!d) {
        int error = -errno;
        (void)close(copy);
        return error;
    }
    rewinddir(d);
    int result = 0;
    for (struct dirent *e = readdir(d); e && result == 0; e = readdir(d)) {
        if (e->d_type != DT_DIR || streq(e->d_name, ".") || streq(e->d_name, ".."))
            continue;
        autoclose int child = cgroup_open_folder(folder_fd, e->d_name);
        if (child >= 0)
            result = walk(folder_fd, child, e->d_name, visitor, levels - 1);
        else if (child != -ENOENT && child != -ENODEV) /* removed meanwhile */
            result = child;
    }
    (void)closedir(d); /* only read */
    return result != 0 ? result : visitor->folder(visitor->context, parent_fd, folder_fd, name);
}

int cgroup_walk(int folder_fd, const struct cgroup_visitor *visitor)
{
    return walk(-EBADF, folder_fd, ".", visitor, LEVELS_MAX);
}

bool cgroup_wait_more(uint32_t *waited_ms, uint32_t timeout_ms)
{
    if (*waited_ms >= timeout_ms)
        return false;
    uint32_t next = *waited_ms == 0 ? 1 : *waited_ms;
    if (next > 64)
        next = 64;
    const struct timespec t = {.tv_nsec = (long)next * 1000000L};
    (void)nanosleep(&t, NULL); /* a shorter sleep is an earlier attempt */
    *waited_ms += next;
    return true;
}
