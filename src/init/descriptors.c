/* SPDX-License-Identifier: Apache-2.0 */
#include "init/descriptors.h"

#include "init/environment.h"
#include "init/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define DEVPTS_MAJOR_FIRST 136 /* Documentation/admin-guide/devices.txt */
#define DEVPTS_MAJOR_LAST 143
#define KEPT_MAX 1024
#define PIPEFS_MAGIC 0x50495045 /* anonymous pipes; a named one may be the host's file */

int streams_open(struct failure *f)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        int opened = open("/dev/null", O_RDWR);
        if (opened < 0)
            opened = open("/", O_PATH);
        if (opened != fd)
            return fail_system(f, opened < 0 ? -errno : -EBADF, "opening descriptor %d", fd);
    }
    return 0;
}

void streams_share(uint32_t uid)
{
    struct stat st;
    struct statfs fs;
    for (int fd = 0; fd <= 2; fd++) {
        if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
            continue;
        unsigned device = major(st.st_rdev);
        /* Results are not looked at: a pipe of another owner stays usable through its descriptor. */
        if (S_ISFIFO(st.st_mode) && fs.f_type == PIPEFS_MAGIC)
            (void)!fchmod(fd, 0666);
        else if (S_ISCHR(st.st_mode) && device >= DEVPTS_MAJOR_FIRST && device <= DEVPTS_MAJOR_LAST)
            (void)!fchown(fd, uid, (gid_t)-1);
    }
}

static int close_range_or_loop(unsigned first, unsigned last)
{
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
        return 0;
    if (errno != ENOSYS && errno != EPERM)
        return -errno;
    /* FALLBACK(linux < 5.9, or a filter that does not know the call) */
    DIR *list = opendir("/proc/self/fd");
    if (!list)
        return -errno;
    for (struct dirent *e = readdir(list); e; e = readdir(list)) {
        uint64_t fd;
        if (span_number(span_of(e->d_name), last, &fd) == 0 && fd >= first && (int)fd != dirfd(list))
            (void)close((int)fd); /* it was open a moment ago, and nobody else closes */
    }
    closedir(list);
    return 0;
}

static int compare_descriptors(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

int descriptors_close(const int *kept, size_t kept_count, struct failure *f)
{
    int sorted[KEPT_MAX];
    if (kept_count > KEPT_MAX)
        return fail_usage(f, "more than %d descriptors to keep", KEPT_MAX);
    if (kept_count > 0)
        memcpy(sorted, kept, kept_count * sizeof(sorted[0]));
    qsort(sorted, kept_count, sizeof(sorted[0]), compare_descriptors);
    unsigned next = 3;
    for (size_t i = 0; i <= kept_count; i++) {
        unsigned last = i < kept_count ? (unsigned)sorted[i] - 1 : (unsigned)INT32_MAX;
        int r = close_range_or_loop(next, last);
        if (r < 0)
            return fail_system(f, r, "closing descriptors");
        if (i < kept_count && (unsigned)sorted[i] >= next)
            next = (unsigned)sorted[i] + 1;
    }
    return 0;
}

int listen_descriptors(char *const *environment)
{
    const char *pid = environment_get(environment, "LISTEN_PID");
    const char *count = environment_get(environment, "LISTEN_FDS");
    uint64_t number, descriptors;
    if (!pid || !count || span_number(span_of(pid), INT32_MAX, &number) < 0 || (pid_t)number != getpid() ||
        span_number(span_of(count), 1000, &descriptors) < 0)
        return 0;
    return (int)descriptors;
}
