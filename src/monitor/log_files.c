/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/log_files.h"
#include "formats/log_line.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define LISTING_SIZE 2048
#define TAIL_SIZE 2048

/* getdents64(2)'s record: readdir(3) would bring an allocator along. */
struct dirent_record {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

struct range {
    uint32_t lowest, highest; /* 0: no file */
};

static void range_add(struct range *range, const char *name)
{
    uint32_t number;
    if (log_name_parse(name, &number) < 0)
        return;
    if (number > range->highest)
        range->highest = number;
    if (range->lowest == 0 || number < range->lowest)
        range->lowest = number;
}

static int find_range(int folder_fd, struct range *ret_range)
{
    struct range range = {0};
    autoclose int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    for (;;) {
        _Alignas(struct dirent_record) char listing[LISTING_SIZE];
        long n = syscall(SYS_getdents64, fd, listing, sizeof(listing));
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        for (long at = 0; at < n;) {
            const struct dirent_record *record = (const struct dirent_record *)(listing + at);
            range_add(&range, record->name);
            at += record->length;
        }
    }
    *ret_range = range;
    return 0;
}

static int open_number(int folder_fd, uint32_t number, int flags)
{
    char name[LOG_NAME_SIZE];
    log_name_format(number, name);
    int fd = openat(folder_fd, name, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0600);
    return fd < 0 ? -errno : fd;
}

static void remove_number(int folder_fd, uint32_t number)
{
    char name[LOG_NAME_SIZE];
    log_name_format(number, name);
    (void)unlinkat(folder_fd, name, 0); /* one that stays is tried again at the next start */
}

/* Cuts the file behind its last line feed. Returns the size that is left. */
static int64_t cut_torn_entry(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    int64_t size = st.st_size;
    while (size > 0) {
        char tail[TAIL_SIZE];
        int64_t from = size > TAIL_SIZE ? size - TAIL_SIZE : 0;
        ssize_t n = pread(fd, tail, (size_t)(size - from), from);
        if (n != size - from)
            return n < 0 ? -errno : -EIO;
        while (n > 0 && tail[n - 1] != '\n')
            n--;
        size = from + n;
        if (n > 0)
            break;
    }
    if (size < st.st_size && ftruncate(fd, size) < 0)
        return -errno;
    return size;
}

int log_files_open(int folder_fd, uint32_t max_files, uint32_t *ret_number, int *ret_fd, uint64_t *ret_size)
{
    struct range range;
    int r = find_range(folder_fd, &range);
    if (r < 0)
        return r;
    uint32_t number = range.highest == 0 ? 1 : range.highest;
    autoclose int fd = open_number(folder_fd, number, range.highest == 0 ? O_CREAT | O_EXCL : 0);
    if (fd < 0)
        return fd;
    int64_t size = cut_torn_entry(fd);
    if (size < 0)
        return (int)size;
    for (uint32_t old = range.lowest; range.highest > 0 && number - old >= max_files; old++)
        remove_number(folder_fd, old);
    *ret_number = number;
    *ret_fd = TAKE_FD(fd);
    *ret_size = (uint64_t)size;
    return 0;
}

int log_files_rotate(int folder_fd, uint32_t max_files, uint32_t *number, int *fd)
{
    if (*number >= LOG_NUMBER_MAX)
        return -ERANGE;
    int next = open_number(folder_fd, *number + 1, O_CREAT | O_EXCL);
    if (next < 0)
        return next;
    (void)close(*fd); /* every write was checked */
    *fd = next;
    *number += 1;
    if (*number > max_files)
        remove_number(folder_fd, *number - max_files);
    return 0;
}
