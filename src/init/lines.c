/* SPDX-License-Identifier: Apache-2.0 */
#include "init/lines.h"

#include "init/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

int log_open(struct log *l)
{
    char file[80];
    struct stat st;
    l->fd = -1;
    (void)mkdir(l->folder, 0750); /* there already, or the open says why not */
    l->folder_fd = open(l->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (l->folder_fd < 0)
        return -errno;
    format_text(file, sizeof(file), "%s.log", l->name);
    l->fd =
        openat(l->folder_fd, file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0640);
    if (l->fd < 0)
        return -errno;
    if (fstat(l->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(l->fd);
        l->fd = -1;
        return -EINVAL;
    }
    l->size = (uint64_t)st.st_size;
    return 0;
}

/* NAME.log.8 becomes NAME.log.9 and so on; the oldest is replaced. */
static void rotate(struct log *l)
{
    char from[80], to[80];
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    if (l->files == 1) {
        if (ftruncate(l->fd, 0) == 0)
            l->size = 0;
        return;
    }
    for (unsigned i = l->files - 1; i >= 1; i--) {
        format_text(to, sizeof(to), "%s.log.%u", l->name, i);
        format_text(from, sizeof(from), i > 1 ? "%s.log.%u" : "%s.log", l->name, i - 1);
        if (renameat(l->folder_fd, from, l->folder_fd, to) < 0 && i == 1)
            return; /* still the same file: it grows until a later try succeeds */
    }
    int fd = openat(l->folder_fd, from, flags, 0640);
    if (fd < 0)
        return; /* the old descriptor goes on into NAME.log.1: nothing is lost */
    close(l->fd);
    l->fd = fd;
    l->size = 0;
}

int log_write(struct log *l, const void *bytes, size_t size)
{
    if (l->fd < 0)
        return -EBADF;
    if (l->size > 0 && l->size + size > l->max_bytes)
        rotate(l);
    int r = write_all(l->fd, bytes, size);
    if (r == 0)
        l->size += size;
    return r;
}

/* Complete lines, or a piece of one that is too long. */
static void put_out(struct lines *l, const char *bytes, size_t size)
{
    char line[LINE_BUFFER + 64];
    if (l->log && log_write(l->log, bytes, size) == 0)
        return;
    /* Also the way out for a log that cannot be written: better in the container's output than nowhere. */
    while (size > 0) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end ? (size_t)(end - bytes) + 1 : size;
        size_t n = format_text(line, sizeof(line), "%s", l->prefix);
        memcpy(line + n, bytes, length);
        (void)!write_all(l->to, line, n + length); /* nobody listens any more: the program must not suffer */
        bytes += length;
        size -= length;
    }
}

bool lines_pump(struct lines *l)
{
    if (l->from < 0)
        return false;
    ssize_t n = read(l->from, l->buffer + l->length, LINE_BUFFER - l->length);
    if (n < 0)
        return errno == EINTR;
    if (n == 0) {
        close(l->from);
        l->from = -1;
        return false;
    }
    l->length += (size_t)n;
    size_t complete = l->length;
    while (complete > 0 && l->buffer[complete - 1] != '\n')
        complete--;
    if (complete == 0 && l->length == LINE_BUFFER)
        complete = l->length;
    if (complete > 0) {
        put_out(l, l->buffer, complete);
        l->length -= complete;
        memmove(l->buffer, l->buffer + complete, l->length);
    }
    return true;
}

void lines_drain(struct lines *l)
{
    while (lines_pump(l))
        ;
    if (l->length == 0)
        return;
    if (l->length < LINE_BUFFER)
        l->buffer[l->length++] = '\n';
    put_out(l, l->buffer, l->length);
    l->length = 0;
}
