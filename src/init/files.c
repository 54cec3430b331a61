/* SPDX-License-Identifier: Apache-2.0 */
#include "init/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

int fd_read_all(int fd, size_t max, struct span *ret_text)
{
    size_t size = 4096, length = 0;
    autofree char *data = malloc(size);
    while (data) {
        ssize_t n = read(fd, data + length, size - length - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        length += (size_t)n;
        if (length > max)
            return -EFBIG;
        if (n == 0) {
            data[length] = '\0';
            *ret_text = (struct span){data, length};
            data = NULL;
            return 0;
        }
        if (length + 1 == size) {
            char *larger = realloc(data, size *= 2);
            if (!larger)
                return -ENOMEM;
            data = larger;
        }
    }
    return -ENOMEM;
}

int file_read(const char *path, size_t max, struct span *ret_text)
{
    struct stat st;
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
    return fd_read_all(fd, max, ret_text);
}
