/* SPDX-License-Identifier: Apache-2.0 */
#include "build/tree_path.h"

#include "base/strings.h"
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define LINKS_MAX 40 /* as path_resolution(7) */

struct search {
    int root_fd;
    bool follow;
    unsigned links;
    char rest[2 * PATH_MAX];
    struct tree_place place;
    size_t length; /* of place.path */
};

int tree_path_open(int root_fd, const char *path, int flags)
{
    return path_open(root_fd, path[0] ? path : ".", (uint64_t)flags | O_NOFOLLOW,
                     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

static void remove_last(struct search *s)
{
    while (s->length > 0 && s->place.path[s->length - 1] != '/')
        s->length--;
    s->length -= s->length > 0;
    s->place.path[s->length] = '\0';
    if (s->place.known > s->length)
        s->place.known = s->length;
}

static int append(struct search *s, const char *name, size_t size)
{
    if (size > NAME_MAX || s->length + size + 2 > sizeof(s->place.path))
        return -ENAMETOOLONG;
    if (s->length > 0)
        s->place.path[s->length++] = '/';
    memcpy(s->place.path + s->length, name, size);
    s->length += size;
    s->place.path[s->length] = '\0';
    return 0;
}

/* The target of the link that was appended last takes its place in front of what is left to walk. */
static int enter_link(struct search *s, int fd, const char *behind)
{
    char target[PATH_MAX], rest[2 * PATH_MAX];
    if (s->links++ >= LINKS_MAX)
        return -ELOOP;
    ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);
    if (n < 0)
        return -errno;
    target[n] = '\0';
    int length = snprintf(rest, sizeof(rest), "%s/%s", target, behind);
    if (length < 0 || (size_t)length >= sizeof(rest))
        return -ENAMETOOLONG;
    memcpy(s->rest, rest, (size_t)length + 1);
    remove_last(s);
    if (target[0] == '/') {
        s->length = s->place.known = 0;
        s->place.path[0] = '\0';
    }
    return 0;
}

/* Appends one name. 1: a link took the place of what is left. */
static int step(struct search *s, const char *name, size_t size, const char *behind)
{
    bool known = s->place.known == s->length;
    int r = append(s, name, size);
    if (r < 0 || !known)
        return r;
    autoclose int fd = tree_path_open(s->root_fd, s->place.path, O_PATH);
    if (fd == -ENOENT)
        return 0;
    if (fd < 0)
        return fd;
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    bool last = behind[strspn(behind, "/")] == '\0';
    if (S_ISLNK(st.st_mode) && (!last || s->follow)) {
        r = enter_link(s, fd, behind);
        return r < 0 ? r : 1;
    }
    if (!last && !S_ISDIR(st.st_mode))
        return -ENOTDIR;
    s->place.known = s->length;
    return 0;
}

static int walk(struct search *s)
{
    size_t at = 0;
    for (;;) {
        at += strspn(s->rest + at, "/");
        size_t size = strcspn(s->rest + at, "/");
        const char *name = s->rest + at;
        if (size == 0)
            return 0;
        at += size;
        if (size == 1 && name[0] == '.')
            continue;
        if (size == 2 && name[0] == '.' && name[1] == '.') {
            remove_last(s);
            continue;
        }
        int r = step(s, name, size, s->rest + at);
        if (r < 0)
            return r;
        if (r > 0)
            at = 0;
    }
}

int tree_path_find(int root_fd, const char *path, bool follow, struct tree_place *ret_place)
{
    autofree struct search *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    if (strlen(path) >= PATH_MAX)
        return -ENAMETOOLONG;
    s->root_fd = root_fd;
    s->follow = follow;
    memcpy(s->rest, path, strlen(path) + 1);
    int r = walk(s);
    if (r < 0)
        return r;
    s->place.exists = s->place.known == s->length;
    if (s->place.exists) {
        autoclose int fd = tree_path_open(root_fd, s->place.path, O_PATH);
        if (fd < 0)
            return fd;
        if (fstat(fd, &s->place.st) < 0)
            return -errno;
    }
    *ret_place = s->place;
    return 0;
}
