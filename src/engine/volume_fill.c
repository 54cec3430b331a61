/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image_view.h"
#include "engine/volume.h"
#include "kernel/path.h"
#include "store/tree_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

/* 1: nothing in it; 0: something; negative errno. */
static int is_empty(int folder_fd)
{
    int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (!d) {
        int r = -errno;
        if (fd >= 0)
            (void)close(fd); /* the first error is the one to report */
        return r;
    }
    int entries = 0;
    while (readdir(d))
        entries++;
    (void)closedir(d); /* only read from */
    return entries <= 2;
}

/* The image's folder at the path; -ENOENT: it has none there (or no layers at all). */
static int open_image_folder(const struct store *s, const struct volume_fill_request *request,
                             struct failure *failure)
{
    if (request->no_copy || request->image->config.diff_id_count == 0)
        return -ENOENT;
    autoclose int root = image_view_open(s, request->image, failure);
    if (root < 0)
        return root;
    int fd = path_open_in_root(root, request->path, O_RDONLY | O_DIRECTORY);
    if (fd == -ENOTDIR || fd == -ELOOP || fd == -ENOENT)
        return -ENOENT;
    return fd < 0 ? fail(failure, fd, "opening %s of the image", request->path) : fd;
}

static int fill_folder(const struct store *s, const struct volume_fill_request *request, int folder_fd,
                       struct failure *failure)
{
    int r = is_empty(folder_fd);
    if (r <= 0)
        return r < 0 ? fail(failure, r, "reading the volume %s", request->name) : 0;
    autoclose int image_folder = open_image_folder(s, request, failure);
    if (image_folder >= 0) {
        r = tree_copy(s, image_folder, folder_fd, failure);
        return r < 0 ? fail_within(failure, "filling the volume %s from %s of the image", request->name,
                                   request->path)
                     : 0;
    }
    if (image_folder != -ENOENT)
        return image_folder;
    if (fchown(folder_fd, STORE_ID_BASE + request->uid, STORE_ID_BASE + request->gid) < 0)
        return fail(failure, -errno, "giving the volume %s to %u:%u", request->name, request->uid,
                    request->gid);
    return 0;
}

int volume_fill(struct engine *e, const struct volume_fill_request *request, struct failure *failure)
{
    autostore struct store s = {0};
    autovolume struct volume v = {0};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    autoclose int folder = volume_record_open(&s, request->name);
    r = folder < 0 ? folder : volume_record_read(&s, request->name, &v);
    if (r < 0)
        return r == -ENOENT ? refuse(failure, r, "no such volume: %s", request->name)
                            : fail(failure, r, "reading the volume %s", request->name);
    if (!v.fresh)
        return 0;
    if (request->uid >= STORE_ID_COUNT || request->gid >= STORE_ID_COUNT)
        return refuse(failure, -ERANGE, "volume %s: %u:%u is no id that can be stored (0 to 65535)",
                      request->name, request->uid, request->gid);
    if (flock(folder, LOCK_EX) < 0)
        return fail(failure, -errno, "locking the volume %s", request->name);
    volume_free(&v);
    r = volume_record_read(&s, request->name, &v); /* what another first user left while this one waited */
    if (r < 0)
        return fail(failure, r, "reading the volume %s", request->name);
    if (!v.fresh)
        return 0;
    r = fill_folder(&s, request, folder, failure);
    if (r < 0)
        return r;
    v.fresh = false;
    r = volume_record_write(&s, &v);
    return r < 0 ? fail(failure, r, "writing the record of volume %s", request->name) : 0;
}
