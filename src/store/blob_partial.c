/* SPDX-License-Identifier: Apache-2.0 */
#include "store/blob_partial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

static int lock_file(int fd, bool wait)
{
    while (flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

/* The locked file; -ESTALE: its last owner deleted it while we waited. */
static int open_once(const struct store *s, const struct digest *digest, bool wait, uint64_t *ret_size)
{
    autoclose int fd =
        openat(s->partial_fd, digest->hex, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
    struct stat st;
    if (fd < 0)
        return -errno;
    int r = lock_file(fd, wait);
    if (r < 0)
        return r;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (st.st_nlink == 0)
        return -ESTALE;
    if (!S_ISREG(st.st_mode))
        return -EBADMSG;
    *ret_size = (uint64_t)st.st_size;
    return TAKE_FD(fd);
}

int blob_partial_empty(struct blob_partial *partial)
{
    partial->size = 0;
    return ftruncate(partial->fd, 0) < 0 ? -errno : 0;
}

int blob_partial_open(const struct store *s, const struct digest *digest, uint64_t size, bool wait,
                      struct blob_partial *ret_partial)
{
    struct blob_partial partial;
    do
        partial.fd = open_once(s, digest, wait, &partial.size);
    while (partial.fd == -ESTALE);
    if (partial.fd < 0)
        return partial.fd;
    struct stat st;
    /* A second name: the download ended, and its owner was killed before it could take this name away. */
    bool is_blob = fstat(partial.fd, &st) == 0 && st.st_nlink > 1;
    if (is_blob) {
        blob_partial_drop(s, digest);
        (void)close(partial.fd); /* never written to again */
        return blob_partial_open(s, digest, size, wait, ret_partial);
    }
    if (partial.size > size && blob_partial_empty(&partial) < 0) {
        (void)close(partial.fd); /* only its lock counts */
        return -EIO;
    }
    *ret_partial = partial;
    return 0;
}

void blob_partial_drop(const struct store *s, const struct digest *digest)
{
    (void)unlinkat(s->partial_fd, digest->hex, 0); /* else it is deleted for its age */
}

void blob_partial_close(const struct store *s, const struct digest *digest, struct blob_partial *partial)
{
    struct stat st;
    if (partial->fd < 0)
        return;
    if (fstat(partial->fd, &st) == 0 && st.st_nlink == 1 && st.st_size == 0)
        blob_partial_drop(s, digest);
    (void)close(TAKE_FD(partial->fd)); /* what counts was synced before it became a blob */
}

static int clean_one(const struct store *s, const char *name, time_t oldest)
{
    struct stat st;
    autoclose int fd = openat(s->partial_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    if (lock_file(fd, false) < 0)
        return 0; /* somebody is at it */
    if (fstat(fd, &st) < 0)
        return -errno;
    bool goes = st.st_mtime <= oldest || st.st_nlink > 1 || st.st_size == 0;
    return goes && st.st_nlink > 0 && unlinkat(s->partial_fd, name, 0) < 0 ? -errno : 0;
}

int blob_partial_clean(const struct store *s, int64_t seconds)
{
    int fd = openat(s->partial_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (!d) {
        r = -errno;
        if (fd >= 0)
            (void)close(fd); /* the first error is the one to report */
        return r;
    }
    time_t oldest = time(NULL) - (time_t)seconds;
    for (struct dirent *e = readdir(d); e && r == 0; e = readdir(d)) {
        struct digest digest;
        if (digest_parse_hex(e->d_name, &digest) == 0)
            r = clean_one(s, e->d_name, oldest);
    }
    (void)closedir(d); /* only read from */
    return r;
}
