/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/seccomp.h"

#include "base/number.h"
#include "kernel/file.h"
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>

#define STATUS_MAX_BYTES 65536

int seccomp_install(const struct sock_filter *filter, uint16_t count, uint32_t flags)
{
    const struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)filter}; /* only read */
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (result < 0)
        return -errno;
    /* SECCOMP_FILTER_FLAG_TSYNC answers the id of a thread that could not follow. */
    if (result > 0 && !(flags & SECCOMP_FILTER_FLAG_NEW_LISTENER))
        return -ESRCH;
    return (int)result;
}

/* The number behind "NAME:\t" at the beginning of a line of `status`. */
static int read_line(const char *status, const char *name, uint32_t *ret_value)
{
    size_t n = strlen(name);
    for (const char *line = status; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, n) != 0 || line[n] != ':')
            continue;
        const char *value = line + n + 1 + strspn(line + n + 1, "\t ");
        char digits[12];
        (void)snprintf(digits, sizeof(digits), "%.*s", (int)strcspn(value, "\n"), value); /* cut: no number */
        uint64_t number;
        int error = number_parse(digits, UINT32_MAX, &number);
        if (error == 0)
            *ret_value = (uint32_t)number;
        return error;
    }
    return -EOPNOTSUPP;
}

int seccomp_read_mode(int proc_fd, pid_t pid, uint32_t *ret_mode, uint32_t *ret_filters)
{
    char path[32];
    (void)snprintf(path, sizeof(path), "%d/status", (int)pid); /* always fits */
    autoclose int fd = path_open_beneath(proc_fd, path, O_RDONLY);
    if (fd < 0)
        return fd;
    autofree char *status = NULL;
    int error = fd_read_whole(fd, STATUS_MAX_BYTES, &status, NULL);
    uint32_t mode, filters;
    if (error == 0)
        error = read_line(status, "Seccomp", &mode);
    if (error != 0)
        return error;
    if (read_line(status, "Seccomp_filters", &filters) != 0)
        filters = mode == 2; /* FALLBACK(linux < 5.9): no such line */
    *ret_mode = mode;
    *ret_filters = filters;
    return 0;
}
