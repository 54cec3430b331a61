/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/body.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int body_open(struct body *b, int fd)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    *b = (struct body){.fd = fd, .seekable = S_ISREG(status.st_mode)};
    if (b->seekable)
        return 0;
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

static ssize_t write_some(struct body *b, const char *data, size_t size)
{
    ssize_t n;
    do
        n = b->seekable ? pwrite(b->fd, data, size, (off_t)(b->start + b->position))
                        : write(b->fd, data, size);
    while (n < 0 && errno == EINTR);
    if (n >= 0) {
        b->position += (size_t)n;
        return n;
    }
    if (errno == EAGAIN)
        return 0;
    b->error = -errno;
    return -1;
}

bool body_flush(struct body *b)
{
    while (b->pending_at < b->pending_size) {
        ssize_t n = write_some(b, b->pending + b->pending_at, b->pending_size - b->pending_at);
        b->waiting = n == 0;
        if (n <= 0)
            return false;
        b->pending_at += (size_t)n;
    }
    b->pending_at = b->pending_size = 0;
    b->waiting = false;
    return true;
}

/* All of it is taken, what the pipe has no room for is held back. */
static bool hold(struct body *b, const char *data, size_t size)
{
    if (!b->pending)
        b->pending = malloc(BODY_PENDING_MAX);
    if (!b->pending || size > BODY_PENDING_MAX) {
        b->error = b->pending ? -E2BIG : -ENOMEM;
        return false;
    }
    memcpy(b->pending, data, size);
    b->pending_size = size;
    b->waiting = true;
    return true;
}

bool body_write(struct body *b, const char *data, size_t size)
{
    if (b->error < 0 || !body_flush(b))
        return false;
    size_t skipped = b->skip < size ? (size_t)b->skip : size;
    b->skip -= skipped;
    data += skipped;
    size -= skipped;
    if (size > b->limit - b->position) {
        b->error = -EFBIG;
        return false;
    }
    while (size > 0) {
        ssize_t n = write_some(b, data, size);
        if (n < 0)
            return false;
        if (n == 0)
            return hold(b, data, size);
        data += n;
        size -= (size_t)n;
    }
    return true;
}

size_t body_read(struct body *b, char *data, size_t size)
{
    uint64_t left = b->limit - b->position;
    size_t wanted = left < size ? (size_t)left : size;
    if (wanted == 0 || b->error < 0)
        return 0;
    ssize_t n;
    do
        n = b->seekable ? pread(b->fd, data, wanted, (off_t)(b->start + b->position))
                        : read(b->fd, data, wanted);
    while (n < 0 && errno == EINTR);
    b->waiting = n < 0 && errno == EAGAIN;
    if (b->waiting)
        return 0;
    if (n <= 0) {
        b->error = n < 0 ? -errno : -ENODATA;
        return 0;
    }
    b->position += (size_t)n;
    return (size_t)n;
}

uint64_t body_taken(const struct body *b)
{
    return b->position + (b->pending_size - b->pending_at);
}

bool body_rewind(struct body *b, uint64_t position)
{
    if (b->position == position)
        return true;
    if (!b->seekable)
        return false;
    b->position = position;
    return true;
}

void body_close(struct body *b)
{
    free(b->pending);
    *b = (struct body){.fd = -EBADF};
}
