/* SPDX-License-Identifier: Apache-2.0 */
#include "store/staging.h"

#include "base/strings.h"
#include "kernel/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

static int make_name(const char *prefix, char ret_name[STAGING_NAME_SIZE])
{
    uint64_t random;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return -EIO;
    (void)snprintf(ret_name, STAGING_NAME_SIZE, "%s%016llx", prefix,
                   (unsigned long long)random); /* 22 characters */
    return 0;
}

int staging_make(const struct store *s, char ret_name[STAGING_NAME_SIZE])
{
    int r = make_name(".new-", ret_name);
    if (r < 0)
        return r;
    if (mkdirat(s->layers_fd, ret_name, 0700) < 0)
        return -errno;
    autoclose int fd = openat(s->layers_fd, ret_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fchown(fd, STORE_ID_BASE, STORE_ID_BASE) < 0 || fchmod(fd, 0755) < 0) {
        r = -errno;
        (void)unlinkat(s->layers_fd, ret_name, AT_REMOVEDIR); /* else it is rubbish like any other */
        return r;
    }
    return TAKE_FD(fd);
}

int staging_rename(const struct store *s, const char *name, const char *final)
{
    return renameat2(s->layers_fd, name, s->layers_fd, final, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

int staging_remove(const struct store *s, const char *name)
{
    char gone[STAGING_NAME_SIZE];
    int r = make_name(".gone-", gone);
    if (r < 0)
        return r;
    if (renameat2(s->layers_fd, name, s->layers_fd, gone, RENAME_NOREPLACE) < 0)
        return errno == ENOENT ? 0 : -errno;
    return tree_remove(s->layers_fd, gone);
}

static bool is_rubbish(const char *name)
{
    return string_after(name, ".new-") || string_after(name, ".gone-");
}

int staging_remove_all(const struct store *s)
{
    int fd = openat(s->layers_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    DIR *d = fdopendir(fd);
    if (!d) {
        int r = -errno;
        (void)close(fd); /* the first error is the one to report */
        return r;
    }
    int r = 0;
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        int removed = is_rubbish(e->d_name) ? tree_remove(s->layers_fd, e->d_name) : 0;
        if (removed < 0 && r == 0)
            r = removed;
    }
    (void)closedir(d); /* only read from */
    return r;
}

void staging_clean(const struct store *s)
{
    autoclose int lock = store_lock(s, STORE_LOCK_COLLECT);
    if (lock >= 0 && staging_remove_all(s) < 0)
        return; /* nothing depends on it */
}

void staging_clean_soon(const struct store *s)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    for (int tries = 0; tries < 200; tries++) {
        autoclose int lock = store_lock(s, STORE_LOCK_COLLECT);
        if (lock != -EWOULDBLOCK) {
            if (lock >= 0)
                ignore(staging_remove_all(s)); /* nothing depends on it */
            return;
        }
        (void)nanosleep(&pause, NULL); /* a shorter one does no harm */
    }
}
