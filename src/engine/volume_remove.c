/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/usage.h"
#include "engine/volume.h"
#include "kernel/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int volume_remove(struct engine *e, const char *name, bool force, struct failure *failure)
{
    autostore struct store s = {0};
    autouses struct container_uses uses = {0};
    autostrings struct strings names = {0};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r == 0)
        r = container_uses_read(e, &uses, failure);
    if (r < 0)
        return r;
    r = container_uses_of_volume(&uses, name, &names);
    if (r < 0)
        return fail(failure, r, "removing the volume %s", name);
    if (r > 0)
        return refuse(failure, -EBUSY, "volume %s is in use by container %s%s", name, names.items[0],
                      names.count > 1 ? " and others" : "");
    r = volume_record_remove(&s, name);
    if (r == -ENOENT)
        return force ? 0 : refuse(failure, r, "no such volume: %s", name);
    return r < 0 ? fail(failure, r, "removing the volume %s", name) : 0;
}

#define DEPTH_MAX 64 /* deeper files are not counted, only deleted */

/* Bytes that the files below a folder take on the disk; an estimate for people. Takes `fd`. */
static uint64_t count_bytes(int fd, int depth)
{
    uint64_t total = 0;
    DIR *d = fdopendir(fd);
    if (!d) {
        (void)close(fd); /* it counts as nothing */
        return 0;
    }
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        struct stat st;
        if (e->d_name[0] == '.' && (!e->d_name[1] || (e->d_name[1] == '.' && !e->d_name[2])))
            continue;
        if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        total += (uint64_t)st.st_blocks * 512;
        int below = S_ISDIR(st.st_mode) && depth < DEPTH_MAX
                        ? path_open_beneath(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
                        : -EBADF;
        if (below >= 0)
            total += count_bytes(below, depth + 1);
    }
    (void)closedir(d); /* only read from */
    return total;
}

static int prune_one(const struct store *s, const struct volume *v, struct strings *ret_names,
                     uint64_t *bytes)
{
    int fd = volume_record_open(s, v->name);
    uint64_t size = fd >= 0 ? count_bytes(fd, 0) : 0;
    int r = volume_record_remove(s, v->name);
    if (r == -ENOENT)
        return 0; /* another one was faster */
    if (r == 0)
        *bytes += size;
    return r < 0 ? r : strings_add(ret_names, v->name);
}

int volume_prune(struct engine *e, bool all, struct strings *ret_names, uint64_t *ret_bytes,
                 struct failure *failure)
{
    autostore struct store s = {0};
    autouses struct container_uses uses = {0};
    struct volume_list list = {0};
    uint64_t bytes = 0;
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r == 0)
        r = container_uses_read(e, &uses, failure);
    if (r == 0)
        r = volume_list(e, &list, failure);
    for (size_t i = 0; r == 0 && i < list.count; i++) {
        const struct volume *v = &list.items[i];
        if ((!v->anonymous && !all) || container_uses_of_volume(&uses, v->name, NULL) > 0)
            continue;
        r = prune_one(&s, v, ret_names, &bytes);
        if (r < 0)
            (void)fail(failure, r, "removing the volume %s", v->name); /* r is returned */
    }
    volume_list_free(&list);
    if (r == 0 && ret_bytes)
        *ret_bytes = bytes;
    return r;
}
