/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define RETRIES_MAX 128
#define LINKS_MAX 40 /* as the kernel's own limit, path_resolution(7) */

int path_create(int dirfd, const char *path, uint64_t flags, mode_t mode, uint64_t resolve)
{
    struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = resolve | RESOLVE_NO_MAGICLINKS,
    };
    if (!(flags & O_PATH))
        how.flags |= O_NOCTTY;
    for (int i = 0; i < RETRIES_MAX; i++) {
        long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
        if (fd >= 0)
            return (int)fd;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
    }
    return -EAGAIN;
}

int path_open(int dirfd, const char *path, uint64_t flags, uint64_t resolve)
{
    return path_create(dirfd, path, flags & ~(uint64_t)O_CREAT, 0, resolve);
}

int path_open_in_root(int rootfd, const char *path, uint64_t flags)
{
    return path_open(rootfd, path, flags, RESOLVE_IN_ROOT);
}

int path_open_beneath(int dirfd, const char *path, uint64_t flags)
{
    return path_open(dirfd, path, flags, RESOLVE_BENEATH);
}

/* Where a walk stands: `path` up to `done` exists and is open as `fd`. */
struct walk {
    int rootfd;
    char path[PATH_MAX];
    size_t done;
    mode_t mode;
    unsigned made, links;
};

/* Puts the target of the link that path[start, end) ends in into its place; the walk begins again at the
 * root. */
static int splice_link(struct walk *w, int fd, const char *name, size_t start, size_t end)
{
    if (w->links++ >= LINKS_MAX)
        return -ELOOP;
    char target[PATH_MAX], spliced[PATH_MAX];
    ssize_t n = readlinkat(fd, name, target, sizeof(target) - 1);
    if (n < 0) /* EINVAL: no link, so somebody made the folder meanwhile; the next try says what it is */
        return errno == EINVAL ? 0 : -errno;
    target[n] = '\0';
    int length = snprintf(spliced, sizeof(spliced), "%.*s/%s/%s", target[0] == '/' ? 0 : (int)start, w->path,
                          target, w->path + end);
    if (length < 0 || (size_t)length >= sizeof(spliced))
        return -ENAMETOOLONG;
    memcpy(w->path, spliced, (size_t)length + 1);
    w->done = 0;
    return 0;
}

static int make_component(struct walk *w, int parent, size_t start, size_t end)
{
    char name[NAME_MAX + 1];
    if (end - start >= sizeof(name))
        return -ENAMETOOLONG;
    memcpy(name, w->path + start, end - start);
    name[end - start] = '\0';
    if (mkdirat(parent, name, w->mode) == 0) {
        w->made++;
        w->done = end;
        return 0;
    }
    if (errno != EEXIST)
        return -errno;
    return splice_link(w, parent, name, start, end);
}

/* One component further, or back to the start with a link's target in the path. */
static int walk_step(struct walk *w)
{
    size_t start = w->done + strspn(w->path + w->done, "/");
    size_t end = start + strcspn(w->path + start, "/");
    char after = w->path[end];
    w->path[end] = '\0';
    autoclose int fd = path_open_in_root(w->rootfd, w->path, O_PATH | O_DIRECTORY);
    w->path[end] = after;
    if (fd >= 0) {
        w->done = end;
        return 0;
    }
    if (fd != -ENOENT)
        return fd;
    after = w->path[start];
    w->path[start] = '\0';
    autoclose int parent = path_open_in_root(w->rootfd, start > 0 ? w->path : ".", O_PATH | O_DIRECTORY);
    w->path[start] = after;
    if (parent < 0)
        return parent;
    return make_component(w, parent, start, end);
}

int path_make_dirs_in_root(int rootfd, const char *path, mode_t mode, unsigned *ret_made)
{
    struct walk w = {.rootfd = rootfd, .mode = mode};
    size_t length = strlen(path);
    if (length + 1 >= sizeof(w.path))
        return -ENAMETOOLONG;
    w.path[0] = '/'; /* so that every prefix is a path of its own */
    memcpy(w.path + 1, path, length + 1);
    while (w.path[w.done + strspn(w.path + w.done, "/")] != '\0') {
        int r = walk_step(&w);
        if (r < 0)
            return r;
    }
    int fd = path_open_in_root(rootfd, w.path, O_PATH | O_DIRECTORY);
    if (fd >= 0 && ret_made)
        *ret_made = w.made;
    return fd;
}

int path_open_parent_in_root(int rootfd, const char *path, char **ret_name)
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    autofree char *name = strndup(path + start, end - start);
    autofree char *folder = start > 0 ? strndup(path, start) : strdup(".");
    if (!name || !folder)
        return -ENOMEM;
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return -EINVAL;
    int fd = path_open_in_root(rootfd, folder, O_PATH | O_DIRECTORY);
    if (fd >= 0)
        *ret_name = TAKE_PTR(name);
    return fd;
}
