/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/tree.h"

#include "kernel/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

/* Folders are walked with one open descriptor a level; what lies deeper is first renamed up into the top
 * folder, so that a hostile depth costs renames instead of descriptors. */
#define LEVELS_MAX 32

struct removal {
    int top_fd;
    unsigned moved; /* names given to folders that were renamed up */
};

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int open_folder(int dirfd, const char *name)
{
    return path_open(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
                     RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
}

static int move_up(struct removal *r, int dirfd, const char *name)
{
    for (;;) {
        char up[32];
        (void)snprintf(up, sizeof(up), ".unroot-rm-%u", r->moved++); /* 22 characters at most */
        if (renameat2(dirfd, name, r->top_fd, up, RENAME_NOREPLACE) == 0)
            return 0;
        if (errno == ENOENT)
            return 0;
        if (errno != EEXIST)
            return -errno;
    }
}

static int remove_content(struct removal *r, int fd, int level);

static int remove_folder(struct removal *r, int dirfd, const char *name, int level)
{
    if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return -errno;
    if (level >= LEVELS_MAX)
        return move_up(r, dirfd, name);
    int fd = open_folder(dirfd, name);
    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    int error = remove_content(r, fd, level + 1);
    if (error < 0)
        return error;
    return unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
}

/* The type is a hint that saves a call; whatever it says, no link is followed. */
static int remove_entry(struct removal *r, int dirfd, const struct dirent *e, int level)
{
    if (e->d_type == DT_DIR)
        return remove_folder(r, dirfd, e->d_name, level);
    if (unlinkat(dirfd, e->d_name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -errno;
    return remove_folder(r, dirfd, e->d_name, level);
}

/* Takes `fd`. Passes are repeated until one finds the folder empty: entries may appear while it is read
 * (renamed up into it), and a folder that changes may be read incompletely. */
static int remove_content(struct removal *r, int fd, int level)
{
    DIR *d = fdopendir(fd);
    if (!d) {
        int error = -errno;
        (void)close(fd); /* the first error is the one to report */
        return error;
    }
    int error = 0;
    bool found;
    do {
        found = false;
        rewinddir(d);
        for (struct dirent *e = readdir(d); e && error == 0; e = readdir(d)) {
            if (is_dot(e->d_name))
                continue;
            found = true;
            error = remove_entry(r, fd, e, level);
        }
    } while (found && error == 0);
    (void)closedir(d); /* only read from */
    return error;
}

int tree_remove(int dirfd, const char *name)
{
    if (strchr(name, '/') || is_dot(name) || name[0] == '\0')
        return -EINVAL;
    if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -errno;
    int fd = open_folder(dirfd, name);
    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    struct removal r = {.top_fd = fd};
    int error = remove_content(&r, fd, 0);
    if (error < 0)
        return error;
    return unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
}
