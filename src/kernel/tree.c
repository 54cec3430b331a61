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

/* A folder that holds something, by its name in the one above. */
struct full_folder {
    int dirfd;
    const char *name;
    int level;
};

static int remove_opened(struct removal *r, const struct full_folder *folder, int fd);

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
    return remove_opened(r, &(struct full_folder){dirfd, name, level + 1}, fd);
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

/* Removes what one reading of the folder shows; 1 when that was anything. */
static int remove_content(struct removal *r, DIR *d, int level)
{
    int error = 0, found = 0;
    for (struct dirent *e = readdir(d); e && error == 0; e = readdir(d)) {
        if (is_dot(e->d_name))
            continue;
        found = 1;
        error = remove_entry(r, dirfd(d), e, level);
    }
    return error < 0 ? error : found;
}

/* Takes `fd`, the folder opened. It is read again while it is not empty and a reading shows anything: entries
 * may appear meanwhile (renamed up into it), and a folder that changes may be read incompletely. */
static int remove_opened(struct removal *r, const struct full_folder *folder, int fd)
{
    DIR *d = fdopendir(fd);
    if (!d) {
        int error = -errno;
        (void)close(fd); /* the first error is the one to report */
        return error;
    }
    int result;
    for (;; rewinddir(d)) {
        int found = remove_content(r, d, folder->level);
        result = found;
        if (found < 0)
            break;
        result = unlinkat(folder->dirfd, folder->name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
        if (found == 0 || (result != -ENOTEMPTY && result != -EEXIST))
            break;
    }
    (void)closedir(d); /* only read from */
    return result;
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
    return remove_opened(&r, &(struct full_folder){dirfd, name, 0}, fd);
}
