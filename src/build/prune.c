/* SPDX-License-Identifier: Apache-2.0 */
#include "build/prune.h"

#include "engine/image.h"
#include "kernel/tree.h"
#include "store/build_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

/* 1: gone; 0: a build uses it. The new name is not one that a build looks for, so it is ours alone. */
static int remove_folder(int caches_fd, const char *name)
{
    char gone[300];
    autoclose int fd = openat(caches_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return 0;
    (void)snprintf(gone, sizeof(gone), ".gone-%s",
                   name[0] == '.' ? "again" : name); /* names are ours: they fit */
    if (name[0] != '.' && renameat(caches_fd, name, caches_fd, gone) < 0)
        return -errno;
    int r = tree_remove(caches_fd, name[0] == '.' ? name : gone);
    return r < 0 ? r : 1;
}

static uint64_t count_bytes(int folder_fd, int depth)
{
    uint64_t bytes = 0;
    int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 || depth > 64 ? NULL : fdopendir(fd);
    if (!d) {
        if (fd >= 0)
            (void)close(fd); /* only read from */
        return 0;
    }
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        struct stat st;
        if (streq(e->d_name, ".") || streq(e->d_name, "..") ||
            fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        bytes += S_ISREG(st.st_mode) ? (uint64_t)st.st_blocks * 512 : 0;
        autoclose int below = S_ISDIR(st.st_mode)
                                  ? openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                                  : -EBADF;
        if (below >= 0)
            bytes += count_bytes(below, depth + 1);
    }
    (void)closedir(d); /* only read from */
    return bytes;
}

static int prune_folders(const struct store *s, struct build_prune_result *result)
{
    int fd = openat(s->storage_fd, "caches", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder)
        return fd < 0 && errno == ENOENT ? 0 : -errno;
    int r = 0;
    for (struct dirent *e = readdir(folder); r >= 0 && e; e = readdir(folder)) {
        if (streq(e->d_name, ".") || streq(e->d_name, ".."))
            continue;
        autoclose int below = openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        uint64_t bytes = below < 0 ? 0 : count_bytes(below, 0);
        r = remove_folder(fd, e->d_name);
        result->folders += r > 0;
        result->freed_bytes += r > 0 ? bytes : 0;
    }
    (void)closedir(folder); /* only read from */
    return r < 0 ? r : 0;
}

int build_prune(struct engine *e, bool all, struct build_prune_result *ret_result, struct failure *failure)
{
    autostore struct store s = {0};
    struct build_prune_result result = {0};
    uint64_t collected = 0;
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r == 0)
        r = build_cache_prune(&s, all, &result.entries, failure);
    if (r == 0 && all && (r = prune_folders(&s, &result)) < 0)
        (void)fail(failure, r, "removing the folders of cache mounts"); /* r is returned */
    if (r == 0)
        r = image_collect(e, &s, &collected, failure);
    if (r < 0)
        return r;
    result.freed_bytes += collected;
    *ret_result = result;
    return 0;
}
