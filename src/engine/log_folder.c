/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/log_folder.h"
#include "formats/log_line.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK_SIZE 65536

static void close_folder(DIR **folder)
{
    if (*folder)
        (void)closedir(*folder); /* only read from */
}

int log_folder_range(int folder_fd, uint32_t after, uint32_t *ret_lowest, uint32_t *ret_highest)
{
    autoclose int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    __attribute__((cleanup(close_folder))) DIR *folder = fdopendir(fd);
    if (!folder)
        return -errno;
    fd = -EBADF; /* the folder's now */
    uint32_t lowest = 0, highest = 0, number;
    errno = 0;
    for (const struct dirent *entry = readdir(folder); entry; errno = 0, entry = readdir(folder)) {
        if (log_name_parse(entry->d_name, &number) < 0 || number <= after)
            continue;
        highest = number > highest ? number : highest;
        lowest = lowest == 0 || number < lowest ? number : lowest;
    }
    if (errno != 0)
        return -errno;
    *ret_lowest = lowest;
    *ret_highest = highest;
    return 0;
}

int log_folder_open(int folder_fd, uint32_t number)
{
    char name[LOG_NAME_SIZE];
    log_name_format(number, name);
    int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

/* Goes back from the end of a file until *entries entries lie behind; *ret_offset is where that is, and
 * *entries what the files before must give. */
static int find_back(int fd, uint64_t *entries, off_t *ret_offset)
{
    autofree char *block = malloc(BLOCK_SIZE);
    off_t end = lseek(fd, 0, SEEK_END);
    if (!block || end < 0)
        return block ? -errno : -ENOMEM;
    while (end > 0) {
        off_t start = end > BLOCK_SIZE ? end - BLOCK_SIZE : 0;
        ssize_t n = pread(fd, block, (size_t)(end - start), start);
        if (n <= 0)
            return n < 0 ? -errno : -EAGAIN;
        for (; n > 0; n--) {
            if (block[n - 1] != '\n')
                continue;
            /* A line feed ends an entry: the one before the first that is wanted ends right here. */
            if (*entries == 0) {
                *ret_offset = start + n;
                return 0;
            }
            --*entries;
        }
        end = start;
    }
    *ret_offset = 0;
    return 0;
}

int log_folder_find_tail(int folder_fd, uint64_t entries, struct log_place *ret_place)
{
    uint32_t lowest, highest;
    int r = log_folder_range(folder_fd, 0, &lowest, &highest);
    if (r < 0)
        return r;
    struct log_place place = {.number = lowest};
    for (uint32_t number = highest; number >= lowest && number > 0; number--) {
        autoclose int fd = log_folder_open(folder_fd, number);
        if (fd == -ENOENT)
            break;
        if (fd < 0)
            return fd;
        place.number = number;
        r = find_back(fd, &entries, &place.offset);
        if (r < 0)
            return r;
        if (place.offset > 0)
            break;
    }
    *ret_place = place;
    return 0;
}

int log_folder_find_end(int folder_fd, struct log_place *ret_place)
{
    struct log_place place = {0};
    uint32_t lowest;
    int r = log_folder_range(folder_fd, 0, &lowest, &place.number);
    if (r < 0)
        return r;
    if (place.number > 0) {
        autoclose int fd = log_folder_open(folder_fd, place.number);
        if (fd < 0 && fd != -ENOENT)
            return fd;
        place.offset = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
        if (place.offset < 0)
            return -errno;
    }
    *ret_place = place;
    return 0;
}
