/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

int fd_write_all(int fd, const void *data, size_t size)
{
    const char *next = data;
    while (size > 0) {
        ssize_t n = write(fd, next, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        next += n;
        size -= (size_t)n;
    }
    return 0;
}

ssize_t fd_read_all(int fd, void *data, size_t size)
{
    size_t have = 0;
    while (have < size) {
        ssize_t n = read(fd, (char *)data + have, size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

/* Room for the file as it says it is, or a page for what does not know its size (procfs, pipes). */
static size_t first_capacity(int fd, size_t max_bytes)
{
    struct stat st;
    size_t capacity = 4096;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        capacity = (size_t)st.st_size + 1;
    return capacity <= max_bytes ? capacity : max_bytes + 1;
}

int fd_read_whole(int fd, size_t max_bytes, char **ret_data, size_t *ret_size)
{
    if (max_bytes >= SIZE_MAX / 4)
        return -EINVAL;
    size_t capacity = first_capacity(fd, max_bytes), have = 0;
    autofree char *data = malloc(capacity + 1);
    if (!data)
        return -ENOMEM;
    for (;;) {
        ssize_t n = fd_read_all(fd, data + have, capacity - have);
        if (n < 0)
            return (int)n;
        have += (size_t)n;
        if (have > max_bytes)
            return -EFBIG;
        if (have < capacity)
            break;
        capacity = capacity * 2 <= max_bytes ? capacity * 2 : max_bytes + 1;
        char *larger = realloc(data, capacity + 1);
        if (!larger)
            return -ENOMEM;
        data = larger;
    }
    data[have] = '\0';
    *ret_data = TAKE_PTR(data);
    if (ret_size)
        *ret_size = have;
    return 0;
}

int file_read_all(int dirfd, const char *path, size_t max_bytes, char **ret_data, size_t *ret_size)
{
    autoclose int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
    if (fd < 0)
        return -errno;
    return fd_read_whole(fd, max_bytes, ret_data, ret_size);
}

static int write_temporary(int dirfd, const char *name, const void *data, size_t size, bool sync)
{
    autoclose int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    int r = fd_write_all(fd, data, size);
    if (r < 0)
        return r;
    return sync && fsync(fd) < 0 ? -errno : 0;
}

int file_write_atomic(int dirfd, const char *name, const void *data, size_t size, bool sync)
{
    uint32_t random;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return -EIO;
    char temporary[256];
    int n = snprintf(temporary, sizeof(temporary), ".%s.%08x", name, random);
    if (n < 0 || (size_t)n >= sizeof(temporary))
        return -ENAMETOOLONG;
    int r = write_temporary(dirfd, temporary, data, size, sync);
    if (r == 0 && renameat(dirfd, temporary, dirfd, name) < 0)
        r = -errno;
    if (r < 0) {
        if (r != -EEXIST)
            (void)unlinkat(dirfd, temporary, 0); /* the failure that is reported is the first one */
        return r;
    }
    return sync && fsync(dirfd) < 0 ? -errno : 0;
}
