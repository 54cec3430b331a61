/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps two overlays over one upper layer right while both are mounted, and what is left when one goes.
 */
#include "runtime/engine_rootfs.h"

#include "kernel/overlay.h"
#include "kernel/path.h"
#include "kernel/tree.h"
#include "runtime/engine_rootfs_work.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* Changing a folder's mode to what it is makes overlay copy it up, times included. */
static int folder_copy_up(int root_fd, const char *path)
{
    struct stat root, folder;
    autoclose int fd = path_open_in_root(root_fd, path, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return fd;
    if (fstat(root_fd, &root) < 0 || fstat(fd, &folder) < 0)
        return -errno;
    if (folder.st_dev != root.st_dev) /* already below another mount */
        return 0;
    return fchmod(fd, folder.st_mode & 07777) < 0 ? -errno : 0;
}

int engine_rootfs_hold(const struct engine_rootfs *rootfs, int root_fd, const char *path,
                       struct failure *failure)
{
    struct statvfs status;
    if (!rootfs->is_overlay || !rootfs->options.upper)
        return 0;
    if (fstatvfs(root_fd, &status) < 0)
        return fail(failure, -errno, "looking at the root file system");
    autofree char *part = strdup(path);
    if (!part)
        return fail(failure, -ENOMEM, "reading a path");
    int r = 0;
    bool writable = !(status.f_flag & ST_RDONLY); /* the root itself is in the upper layer at any time */
    for (size_t i = 1; r == 0 && writable && part[0] && part[1]; i++) {
        char after = part[i];
        if (after != '/' && after != '\0')
            continue;
        part[i] = '\0';
        r = folder_copy_up(root_fd, part);
        part[i] = after;
        if (after == '\0')
            break;
    }
    /* What is missing is made in the upper layer; what is no folder has been reached. */
    return r < 0 && r != -ENOENT && r != -ENOTDIR && r != -ELOOP
               ? fail(failure, r, "copying the folders of %s to the upper layer", path)
               : 0;
}

int engine_rootfs_refresh(int root_fd)
{
    int r = overlay_is(root_fd);
    return r <= 0 ? r : overlay_forget_names(root_fd);
}

int engine_rootfs_forget(const struct engine_rootfs *rootfs, struct failure *failure)
{
    if (!rootfs->is_overlay || !rootfs->options.upper)
        return 0;
    autofree char *work = engine_rootfs_work_path(rootfs->options.upper);
    if (!work)
        return fail(failure, -ENOMEM, "naming the work folder");
    size_t cut = strlen(work);
    while (cut > 0 && work[cut - 1] != '/')
        cut--;
    autofree char *folder = strndup(work, cut);
    autoclose int parent = folder ? open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC) : -ENOMEM;
    int r = parent < 0 ? -errno : tree_remove(parent, work + cut);
    return r < 0 && r != -ENOENT
               ? fail(failure, r, "removing the work folder beside %s", rootfs->options.upper)
               : 0;
}
