/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/container.h"

#include "base/number.h"
#include "base/text.h"
#include "kernel/file.h"
#include "kernel/path.h"
#include "kernel/tree.h"

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define STAT_MAX_BYTES 4096

int container_check_id(const char *id, struct failure *failure)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";
    size_t length = strlen(id);
    if (length > 0 && length < CONTAINER_ID_MAX && length <= NAME_MAX && id[0] != '.' &&
        strspn(id, letters) == length)
        return 0;
    return refuse(failure, -EINVAL, "invalid container ID format: \"%.100s\"", id);
}

static int open_root(struct runtime *rt, bool make, struct failure *failure)
{
    int fd = open(rt->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 || errno != ENOENT)
        return fd < 0 ? fail(failure, -errno, "opening %s", rt->root) : fd;
    if (!make)
        return -ENOENT;
    autoclose int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    autoclose int made = top < 0 ? -errno : path_make_dirs_in_root(top, rt->root, 0711, NULL);
    if (made < 0)
        return fail(failure, made, "making %s", rt->root);
    fd = open(rt->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? fail(failure, -errno, "opening %s", rt->root) : fd;
}

static int container_begin(struct runtime *rt, const char *id, struct container *c, struct failure *failure)
{
    int r = container_check_id(id, failure);
    if (r < 0)
        return r;
    c->rt = rt;
    memcpy(c->id, id, strlen(id) + 1);
    return 0;
}

/* The folder may have been deleted, and made anew, while the lock was waited for. */
static int container_lock(struct container *c, struct failure *failure)
{
    for (;;) {
        struct stat held, named;
        if (flock(c->folder_fd, LOCK_EX) < 0)
            return fail(failure, -errno, "locking the container %s", c->id);
        if (fstat(c->folder_fd, &held) < 0)
            return fail(failure, -errno, "looking at the container %s", c->id);
        if (fstatat(c->root_fd, c->id, &named, AT_SYMLINK_NOFOLLOW) == 0 && named.st_ino == held.st_ino)
            return 0;
        (void)close(TAKE_FD(c->folder_fd));
        c->folder_fd = openat(c->root_fd, c->id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (c->folder_fd < 0)
            return refuse(failure, -ENOENT, "container does not exist");
    }
}

void container_unlock(const struct container *c)
{
    (void)flock(c->folder_fd, LOCK_UN); /* cannot fail for an open descriptor */
}

int container_open(struct runtime *rt, const char *id, bool lock, struct container *ret_container,
                   struct failure *failure)
{
    struct container *c = ret_container;
    int r = container_begin(rt, id, c, failure);
    if (r < 0)
        return r;
    c->root_fd = open_root(rt, false, failure);
    if (c->root_fd >= 0)
        c->folder_fd = openat(c->root_fd, c->id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (c->folder_fd < 0)
        return refuse(failure, -ENOENT, "container does not exist");
    if (lock)
        r = container_lock(c, failure);
    if (r == 0)
        r = record_read(c, failure);
    if (r == 0 && c->record.pid <= 0) /* being created, or its creator was killed */
        r = refuse(failure, -ENOENT, "container does not exist");
    if (r == 0)
        container_refresh(c);
    return r;
}

int container_make(struct runtime *rt, const char *id, struct container *ret_container,
                   struct failure *failure)
{
    struct container *c = ret_container;
    int r = container_begin(rt, id, c, failure);
    if (r < 0)
        return r;
    c->root_fd = open_root(rt, true, failure);
    if (c->root_fd < 0)
        return c->root_fd;
    if (mkdirat(c->root_fd, c->id, 0711) < 0)
        return errno == EEXIST ? refuse(failure, -EEXIST, "container with given ID already exists")
                               : fail(failure, -errno, "making %s/%s", rt->root, id);
    c->folder_fd = openat(c->root_fd, c->id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (c->folder_fd < 0 || flock(c->folder_fd, LOCK_EX) < 0)
        return fail(failure, -errno, "opening %s/%s", rt->root, id);
    return 0;
}

int container_remove_folder(struct container *c, struct failure *failure)
{
    int r = tree_remove(c->root_fd, c->id);
    return r < 0 ? fail(failure, r, "removing %s/%s", c->rt->root, c->id) : 0;
}

void container_close(struct container *c)
{
    if (c->folder_fd >= 0)
        (void)close(TAKE_FD(c->folder_fd));
    if (c->root_fd >= 0)
        (void)close(TAKE_FD(c->root_fd));
    record_free(&c->record);
}

/* Field 22 behind the name in parentheses, which may hold anything. */
int process_born(pid_t pid, uint64_t *ret_born, bool *ret_zombie)
{
    char path[32], text[STAT_MAX_BYTES];
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (n <= 0)
        return -ESRCH;
    text[n] = '\0';
    char *field = strrchr(text, ')');
    if (!field || strlen(field) < 3)
        return -ESRCH;
    field += 2;
    *ret_zombie = field[0] == 'Z' || field[0] == 'X';
    for (int i = 3; i < 22 && field; i++) {
        field = strchr(field, ' ');
        field = field ? field + 1 : NULL;
    }
    if (!field)
        return -ESRCH;
    field[strcspn(field, " ")] = '\0';
    return number_parse(field, UINT64_MAX, ret_born);
}

int container_open_process(const struct container *c)
{
    uint64_t born;
    bool zombie;
    if (c->record.pid <= 0)
        return -ESRCH;
    autoclose int fd = (int)syscall(SYS_pidfd_open, c->record.pid, 0);
    if (fd < 0)
        return -errno;
    int r = process_born(c->record.pid, &born, &zombie);
    return r < 0 || zombie || born != c->record.born ? -ESRCH : TAKE_FD(fd);
}

int container_read_said(int fd, struct failure *ret_said)
{
    struct failure said = {0};
    ssize_t n = read(fd, &said, sizeof(said));
    if (n <= 0)
        return n < 0 ? -errno : 0;
    if (n != (ssize_t)sizeof(said) || said.error >= 0)
        return -EPROTO;
    said.text[sizeof(said.text) - 1] = said.step[sizeof(said.step) - 1] = '\0';
    text_make_printable(said.text);
    *ret_said = said;
    return 1;
}

bool container_find_reason(const struct container *c, struct failure *ret_reason)
{
    autoclose int fd = openat(c->folder_fd, CONTAINER_REASON, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    return fd >= 0 && container_read_said(fd, ret_reason) == 1;
}

/* Who waits to be started reads from the FIFO; nobody does once the program runs. */
static bool container_waits(const struct container *c)
{
    autoclose int fd = openat(c->folder_fd, "start", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    return fd >= 0;
}

void container_open_cgroup(const struct container *c, struct cgroup *ret_cgroup)
{
    struct failure gone = {0};
    *ret_cgroup = (struct cgroup)CGROUP_EMPTY;
    if (c->record.cgroup)
        ignore(cgroup_open(c->record.cgroup, ret_cgroup, &gone)); /* what is gone holds nothing */
}

void container_let_end(const struct container *c)
{
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    struct failure ignored = {0};
    container_open_cgroup(c, &cgroup);
    if (cgroup.v2_fd < 0 && cgroup_is_frozen(&cgroup) == 1)
        ignore(cgroup_freeze(&cgroup, c->record.pid, false, &ignored)); /* its end is waited for elsewhere */
}

enum oci_status container_status(const struct container *c)
{
    autoclose int process = container_open_process(c);
    if (process < 0)
        return OCI_STATUS_STOPPED;
    if (c->record.cgroup && cgroup_path_is_frozen(c->record.cgroup) == 1)
        return OCI_STATUS_PAUSED;
    return container_waits(c) ? OCI_STATUS_CREATED : OCI_STATUS_RUNNING;
}

void container_describe(const struct container *c, enum oci_status status, struct oci_state *ret_state)
{
    *ret_state = (struct oci_state){
        .id = c->id,
        .bundle = c->record.bundle,
        .status = status,
        .pid = status == OCI_STATUS_STOPPED ? 0 : c->record.pid,
        .rootfs = c->record.rootfs,
        .created = c->record.created,
        .owner = c->record.uid == 0 ? "root" : "",
        .annotations = &c->record.annotations,
    };
}
