/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/source.h"

#include "base/strings.h"
#include "base/text.h"
#include "kernel/file.h"
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int read_open(int fd, const char *path, char **ret_data, size_t *ret_size, struct failure *failure)
{
    int r = fd_read_whole(fd, SOURCE_SIZE_MAX, ret_data, ret_size);
    if (r == -EFBIG)
        return refuse(failure, r, "%s: larger than %u MiB, not read", path, SOURCE_SIZE_MAX >> 20);
    return r < 0 ? fail(failure, r, "reading %s", path) : 0;
}

static int read_regular(int fd, const char *path, char **ret_data, size_t *ret_size, struct failure *failure)
{
    struct stat st;
    if (fd < 0)
        return fail(failure, fd, "opening %s", path);
    if (fstat(fd, &st) < 0)
        return fail(failure, -errno, "looking at %s", path);
    if (!S_ISREG(st.st_mode))
        return refuse(failure, -EINVAL, "%s: not a regular file", path);
    return read_open(fd, path, ret_data, ret_size, failure);
}

int source_read(const char *path, char **ret_data, size_t *ret_size, struct failure *failure)
{
    autoclose int fd = path_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    return read_regular(fd, path, ret_data, ret_size, failure);
}

int source_read_at(const struct source_folder *folder, const char *name, char **ret_data, size_t *ret_size,
                   struct failure *failure)
{
    autofree char *shown = source_join(folder->shown, name);
    autoclose int fd = path_open_beneath(folder->fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    return read_regular(fd, shown ? shown : name, ret_data, ret_size, failure);
}

int source_read_below(const char *folder, const char *name, char **ret_data, size_t *ret_size,
                      struct failure *failure)
{
    autoclose int fd = path_open(AT_FDCWD, folder, O_PATH | O_DIRECTORY, 0);
    if (fd < 0)
        return fail(failure, fd, "opening %s", folder);
    struct source_folder open_folder = {fd, folder};
    return source_read_at(&open_folder, name, ret_data, ret_size, failure);
}

int source_read_stdin(char **ret_data, size_t *ret_size, struct failure *failure)
{
    return read_open(STDIN_FILENO, "standard input", ret_data, ret_size, failure);
}

char *source_join(const char *folder, const char *name)
{
    autofree char *whole = NULL;
    autostrings struct strings parts = {0};
    autotext struct text out = {0};
    if (name[0] == '/' || folder[0] == '\0' || streq(folder, "."))
        whole = strdup(name);
    else if (asprintf(&whole, "%s/%s", folder, name) < 0)
        whole = NULL;
    if (!whole)
        return NULL;
    char *rest = whole;
    for (char *part; (part = strsep(&rest, "/"));) {
        bool up = streq(part, ".."), has = parts.count > 0 && !streq(parts.items[parts.count - 1], "..");
        if (up && has) {
            free(parts.items[--parts.count]);
            parts.items[parts.count] = NULL;
        } else if (part[0] != '\0' && !streq(part, ".") && !(up && whole[0] == '\0' && parts.count == 0)) {
            if (strings_add(&parts, part) < 0)
                return NULL;
        }
    }
    bool absolute = name[0] == '/' || (folder[0] == '/' && name[0] != '/');
    for (size_t i = 0; i < parts.count; i++)
        text_printf(&out, "%s%s", i > 0 || absolute ? "/" : "", parts.items[i]);
    if (out.length == 0)
        text_append(&out, absolute ? "/" : ".");
    return text_take(&out);
}

char *source_beside(const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');
    autofree char *folder = slash ? strndup(file, slash == file ? 1 : (size_t)(slash - file)) : strdup(".");
    return folder ? source_join(folder, name) : NULL;
}
