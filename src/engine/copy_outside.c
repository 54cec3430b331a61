/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/copy_outside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* The folder that holds the path, and its last name. Slashes at the end do not count; "", ".", ".." and "/"
 * have no name.
 */
static int split_path(const char *path, char **ret_folder, char **ret_name)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    autofree char *name = strndup(path + start, end - start),
                  *folder = start > 0 ? strndup(path, start) : strdup(".");
    if (!name || !folder)
        return -ENOMEM;
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return -EINVAL;
    *ret_folder = TAKE_PTR(folder);
    *ret_name = TAKE_PTR(name);
    return 0;
}

static int open_folder(const char *path, struct failure *failure)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? fail(failure, -errno, "opening %s", path) : fd;
}

/* A path that is a folder, or is to become one for a folder's content. */
static int open_as_folder(const char *path, const char *source_name, struct outside_target *target,
                          struct failure *failure)
{
    target->folder_fd = open_folder(path, failure);
    if (target->folder_fd < 0)
        return target->folder_fd;
    target->name = source_name[0] ? strdup(source_name) : NULL;
    return source_name[0] && !target->name ? fail(failure, -ENOMEM, "%s", path) : 0;
}

static int open_beside(const char *path, struct outside_target *target, struct failure *failure)
{
    autofree char *folder = NULL;
    int r = split_path(path, &folder, &target->name);
    if (r < 0)
        return fail(failure, r, "%s", path);
    target->folder_fd = open_folder(folder, failure);
    return target->folder_fd < 0 ? target->folder_fd : 0;
}

int outside_target_open(const char *path, const char *source_name, bool source_is_folder,
                        struct outside_target *ret_target, struct failure *failure)
{
    struct outside_target target = {.folder_fd = -EBADF};
    struct stat st;
    int r = 0;
    bool exists = stat(path, &st) == 0, slash = path[0] && path[strlen(path) - 1] == '/';
    if (exists && !S_ISDIR(st.st_mode) && source_is_folder)
        return refuse(failure, -ENOTDIR, "%s is no folder", path);
    if (!exists && slash && !source_is_folder)
        return refuse(failure, -ENOENT, "the folder %s does not exist", path);
    if (!exists && !source_name[0] && mkdir(path, 0755) < 0)
        return fail(failure, -errno, "making %s", path);
    if (!source_name[0] || (exists && S_ISDIR(st.st_mode)))
        r = open_as_folder(path, source_name, &target, failure);
    else
        r = open_beside(path, &target, failure);
    if (r < 0) {
        outside_target_close(&target);
        return r;
    }
    *ret_target = target;
    return 0;
}

void outside_target_close(struct outside_target *target)
{
    if (target->folder_fd >= 0)
        (void)close(target->folder_fd); /* a folder */
    free(target->name);
    *target = (struct outside_target){.folder_fd = -EBADF};
}

/* The path without links at all when they are to be followed or when its last component is no name. */
static int settle_path(const struct outside_request *request, char **ret_folder, char **ret_name,
                       char **ret_called)
{
    autofree char *folder = NULL, *resolved = NULL;
    int r = split_path(request->path, &folder, ret_called);
    if (r == -ENOMEM)
        return r;
    if (r == 0 && !request->follow_link)
        return split_path(request->path, ret_folder, ret_name);
    resolved = realpath(request->path, NULL);
    if (!resolved)
        return -errno;
    r = split_path(resolved, ret_folder, ret_name);
    if (r == 0 && !*ret_called) {
        *ret_called = strdup(*ret_name);
        r = *ret_called ? 0 : -ENOMEM;
    }
    return r;
}

int outside_stream_open(const struct outside_request *request, struct outside_stream *ret_stream,
                        struct failure *failure)
{
    autofree char *folder = NULL, *name = NULL, *called = NULL;
    struct outside_stream stream = {.source = {.fd = -EBADF, .pidfd = -EBADF, .error_fd = -EBADF}};
    struct stat st;
    int r = settle_path(request, &folder, &name, &called);
    if (r < 0)
        return fail(failure, r, "%s", request->path);
    autoclose int folder_fd = open_folder(folder, failure);
    if (folder_fd < 0)
        return folder_fd;
    if (fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(failure, -errno, "%s", request->path);
    stream.is_folder = S_ISDIR(st.st_mode);
    stream.source.fd =
        request->content ? openat(folder_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : TAKE_FD(folder_fd);
    if (stream.source.fd < 0)
        return fail(failure, -errno, "opening %s", request->path);
    r = image_source_pack_name(&stream.source, request->content ? "." : name, request->keep_owner, failure);
    if (r < 0) {
        outside_stream_close(&stream);
        return r;
    }
    stream.name = TAKE_PTR(called);
    *ret_stream = stream;
    return 0;
}

void outside_stream_close(struct outside_stream *stream)
{
    image_source_close(&stream->source);
    free(stream->name);
    stream->name = NULL;
}
