/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/copy_root.h"
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define LINKS_MAX 40 /* as path_resolution(7) */

static void remove_last(char *path)
{
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] == '/')
        length--;
    while (length > 0 && path[length - 1] != '/')
        length--;
    path[length] = '\0';
}

/* The link's target in place of the last component. */
static int splice_link(char path[PATH_MAX], int folder_fd, const char *name)
{
    char target[PATH_MAX], spliced[PATH_MAX];
    ssize_t n = readlinkat(folder_fd, name, target, sizeof(target) - 1);
    if (n < 0)
        return -errno;
    target[n] = '\0';
    if (target[0] == '/')
        path[0] = '\0';
    else
        remove_last(path);
    int length = snprintf(spliced, sizeof(spliced), "%s%s", path, target);
    if (length < 0 || (size_t)length >= sizeof(spliced))
        return -ENAMETOOLONG;
    memcpy(path, spliced, (size_t)length + 1);
    return 0;
}

/* The path has no last name ("/", "a/..", "."): what it is must be a folder, and is taken as a whole. */
static int find_whole(int root_fd, const char *path, struct copy_place *place)
{
    place->folder_fd = path_open_in_root(root_fd, path[0] ? path : ".", O_RDONLY | O_DIRECTORY);
    place->name = strdup("");
    place->exists = place->is_folder = true;
    return place->folder_fd < 0 ? place->folder_fd : place->name ? 0 : -ENOMEM;
}

/* 1: the last component is a link that is to be followed; `path` has its target now. */
static int find_once(int root_fd, char path[PATH_MAX], bool follow, struct copy_place *place)
{
    struct stat st;
    autoclose int folder = path_open_parent_in_root(root_fd, path, &place->name);
    if (folder == -EINVAL)
        return find_whole(root_fd, path, place);
    if (folder < 0)
        return folder;
    int r = fstatat(folder, place->name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
    if (r < 0 && r != -ENOENT)
        return r;
    if (r == 0 && S_ISLNK(st.st_mode) && follow) {
        r = splice_link(path, folder, place->name);
        return r < 0 ? r : 1;
    }
    place->exists = r == 0;
    place->is_folder = r == 0 && S_ISDIR(st.st_mode);
    place->folder_fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return place->folder_fd < 0 ? -errno : 0;
}

int copy_place_find(int root_fd, const char *path, bool follow, struct copy_place *ret_place,
                    struct failure *failure)
{
    char current[PATH_MAX];
    if (strlen(path) >= sizeof(current))
        return fail(failure, -ENAMETOOLONG, "%s", path);
    memcpy(current, path, strlen(path) + 1);
    for (int links = 0; links <= LINKS_MAX; links++) {
        struct copy_place place = {.folder_fd = -EBADF};
        int r = find_once(root_fd, current, follow, &place);
        if (r == 0) {
            *ret_place = place;
            return 0;
        }
        copy_place_free(&place);
        if (r < 0)
            return fail(failure, r, "%s in the container", path);
    }
    return fail(failure, -ELOOP, "%s in the container", path);
}

void copy_place_free(struct copy_place *place)
{
    if (place->folder_fd >= 0)
        (void)close(place->folder_fd); /* a folder */
    free(place->name);
    *place = (struct copy_place){.folder_fd = -EBADF};
}
