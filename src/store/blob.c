/* SPDX-License-Identifier: Apache-2.0 */
#include "store/blob.h"

#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int blob_open(const struct store *s, const struct digest *digest)
{
    int fd = openat(s->blobs_fd, digest->hex, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? -errno : fd;
}

bool blob_exists(const struct store *s, const struct digest *digest)
{
    return digest->hex[0] && faccessat(s->blobs_fd, digest->hex, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int64_t blob_size(const struct store *s, const struct digest *digest)
{
    struct stat st;
    if (fstatat(s->blobs_fd, digest->hex, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    return S_ISREG(st.st_mode) ? st.st_size : -EBADMSG;
}

int blob_read(const struct store *s, const struct digest *digest, char **ret_data, size_t *ret_size)
{
    return file_read_all(s->blobs_fd, digest->hex, BLOB_DOCUMENT_MAX, ret_data, ret_size);
}

int blob_writer_open(struct blob_writer *w, const struct store *s, bool keep)
{
    *w = (struct blob_writer){.store = s, .fd = -EBADF};
    sha256_begin(&w->hash);
    w->hashing = true;
    if (!keep)
        return 0;
    w->fd = openat(s->blobs_fd, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0644);
    return w->fd < 0 ? -errno : 0;
}

int blob_writer_adopt(struct blob_writer *w, const struct store *s, int fd)
{
    int r = blob_writer_open(w, s, false);
    if (r < 0)
        return r;
    w->adopted = true;
    if (fchown(fd, 0, 0) < 0 || fchmod(fd, 0644) < 0)
        return -errno;
    w->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return w->fd < 0 ? -errno : 0;
}

int blob_writer_resume(struct blob_writer *w, const struct store *s, int fd)
{
    int r = blob_writer_open(w, s, false);
    if (r < 0)
        return r;
    w->adopted = true;
    w->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return w->fd < 0 ? -errno : 0;
}

int blob_writer_append(struct blob_writer *w)
{
    w->adopted = false;
    if (ftruncate(w->fd, (off_t)w->size) < 0 || lseek(w->fd, (off_t)w->size, SEEK_SET) < 0)
        return -errno;
    return 0;
}

int blob_writer_add(struct blob_writer *w, const void *data, size_t size)
{
    sha256_add(&w->hash, data, size);
    w->size += size;
    return w->fd >= 0 && !w->adopted ? fd_write_all(w->fd, data, size) : 0;
}

int blob_writer_finish(struct blob_writer *w, struct digest *ret_digest)
{
    unsigned char bytes[DIGEST_BYTES];
    sha256_end(&w->hash, bytes);
    digest_from_bytes(bytes, ret_digest);
    return 0;
}

int blob_writer_publish(struct blob_writer *w, const struct digest *digest)
{
    if (w->fd < 0)
        return 0;
    if (linkat(w->fd, "", w->store->blobs_fd, digest->hex, AT_EMPTY_PATH) < 0 && errno != EEXIST)
        return -errno;
    return 0;
}

void blob_writer_close(struct blob_writer *w)
{
    if (w->fd >= 0)
        (void)close(w->fd); /* a blob that counts was synced before */
    w->fd = -EBADF;
}

int blob_digest(const void *data, size_t size, struct digest *ret_digest)
{
    unsigned char bytes[DIGEST_BYTES];
    struct sha256 hash;
    sha256_begin(&hash);
    sha256_add(&hash, data, size);
    sha256_end(&hash, bytes);
    digest_from_bytes(bytes, ret_digest);
    return 0;
}

static int write_and_publish(struct blob_writer *w, const void *data, size_t size, struct digest *ret_digest)
{
    struct digest digest;
    int r = blob_writer_add(w, data, size);
    if (r == 0)
        r = blob_writer_finish(w, &digest);
    if (r == 0 && fsync(w->fd) < 0)
        r = -errno;
    if (r == 0)
        r = blob_writer_publish(w, &digest);
    if (r == 0)
        *ret_digest = digest;
    return r;
}

int blob_write(const struct store *s, const void *data, size_t size, struct digest *ret_digest)
{
    struct digest digest;
    int r = blob_digest(data, size, &digest);
    if (r == 0 && blob_exists(s, &digest)) {
        *ret_digest = digest;
        return 0;
    }
    struct blob_writer w;
    r = blob_writer_open(&w, s, true);
    if (r == 0)
        r = write_and_publish(&w, data, size, ret_digest);
    blob_writer_close(&w);
    return r;
}
