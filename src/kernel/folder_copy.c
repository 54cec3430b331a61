/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/folder_copy.h"
#include "kernel/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEVELS_MAX 64
#define ENTRIES_MAX 100000

struct folder_job {
    size_t entries;
    int levels;
};

static int copy_content(struct folder_job *job, int from_fd, int to_fd);

static int copy_owner(int to_fd, const struct stat *status)
{
    /* The owner first: it takes the set-id bits away. */
    if (fchown(to_fd, status->st_uid, status->st_gid) < 0 || fchmod(to_fd, status->st_mode & 07777) < 0)
        return -errno;
    return 0;
}

static int copy_file(int from_fd, int to_folder, const char *name, const struct stat *status)
{
    autoclose int to = openat(to_folder, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to < 0)
        return -errno;
    ssize_t n;
    do
        n = sendfile(to, from_fd, NULL, 1 << 20);
    while (n > 0 || (n < 0 && errno == EINTR));
    return n < 0 ? -errno : copy_owner(to, status);
}

static int copy_link(int from_folder, int to_folder, const char *name, const struct stat *status)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(from_folder, name, target, sizeof(target) - 1);
    if (n < 0)
        return -errno;
    target[n] = '\0';
    if (symlinkat(target, to_folder, name) < 0 ||
        fchownat(to_folder, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    return 0;
}

static int copy_pipe(int to_folder, const char *name, const struct stat *status)
{
    if (mkfifoat(to_folder, name, 0600) < 0 ||
        fchownat(to_folder, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    autoclose int fd =
        path_open(to_folder, name, O_RDONLY | O_NONBLOCK, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    return fd < 0 ? fd : fchmod(fd, status->st_mode & 07777) < 0 ? -errno : 0;
}

static int copy_folder(struct folder_job *job, int from_fd, int to_folder, const char *name,
                       const struct stat *status)
{
    if (mkdirat(to_folder, name, 0700) < 0)
        return -errno;
    autoclose int to =
        path_open(to_folder, name, O_RDONLY | O_DIRECTORY, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    int r = to < 0 ? to : copy_content(job, from_fd, to);
    return r < 0 ? r : copy_owner(to, status);
}

static int copy_entry(struct folder_job *job, int from_folder, int to_folder, const char *name)
{
    const uint64_t here = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
    struct stat status;
    if (++job->entries > ENTRIES_MAX)
        return -EDQUOT;
    if (fstatat(from_folder, name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
        return -errno;
    if (S_ISLNK(status.st_mode))
        return copy_link(from_folder, to_folder, name, &status);
    if (S_ISFIFO(status.st_mode))
        return copy_pipe(to_folder, name, &status);
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return 0;
    autoclose int from = path_open(from_folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, here);
    if (from == -EXDEV)
        return 0; /* something is mounted there */
    if (from < 0)
        return from;
    return S_ISDIR(status.st_mode) ? copy_folder(job, from, to_folder, name, &status)
                                   : copy_file(from, to_folder, name, &status);
}

static int copy_content(struct folder_job *job, int from_fd, int to_fd)
{
    if (++job->levels > LEVELS_MAX)
        return -ELOOP;
    int again = openat(from_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* with a position of its own */
    if (again < 0)
        return -errno;
    DIR *folder = fdopendir(again);
    if (!folder) {
        int error = -errno;
        (void)close(again);
        return error;
    }
    int r = 0;
    for (struct dirent *e = readdir(folder); r == 0 && e; e = readdir(folder))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            r = copy_entry(job, from_fd, to_fd, e->d_name);
    (void)closedir(folder);
    job->levels--;
    return r;
}

int folder_copy(int from_fd, int to_fd)
{
    struct folder_job job = {0};
    return copy_content(&job, from_fd, to_fd);
}
