/* SPDX-License-Identifier: Apache-2.0 */
#include "store/opaque.h"

#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

static int mark_one(int layer_fd, const char *path)
{
    autoclose int fd = path_open_in_root(layer_fd, path[0] ? path : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
        return 0;
    if (fd < 0)
        return fd;
    return fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0) < 0 ? -errno : 0;
}

int opaque_mark(int layer_fd, const char *paths, uint32_t count)
{
    const char *path = paths;
    for (uint32_t i = 0; i < count; i++) {
        int r = mark_one(layer_fd, path);
        if (r < 0)
            return r;
        path += strlen(path) + 1;
    }
    return 0;
}
