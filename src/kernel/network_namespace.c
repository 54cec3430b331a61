/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/network_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>

int network_namespace_enter(int netns_fd, int socket_fd, int *ret_home_fd)
{
    autoclose int home = ioctl(socket_fd, SIOCGSKNS); /* close-on-exec as the kernel makes it */
    if (home < 0)
        return -errno;
    if (setns(netns_fd, CLONE_NEWNET) < 0)
        return -errno;
    *ret_home_fd = TAKE_FD(home);
    return 0;
}

int network_namespace_return(int home_fd)
{
    return setns(home_fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

int network_namespace_lock(int socket_fd)
{
    autoclose int fd = ioctl(socket_fd, SIOCGSKNS);
    if (fd < 0)
        return -errno;
    while (flock(fd, LOCK_EX) < 0)
        if (errno != EINTR)
            return -errno;
    return TAKE_FD(fd);
}

static int sysctl_open(int proc_fd, const char *name, int flags)
{
    char path[128];
    int n = snprintf(path, sizeof(path), "sys/net/%s", name);
    if (n < 0 || (size_t)n >= sizeof(path))
        return -ENAMETOOLONG;
    int fd = openat(proc_fd, path, flags | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? -errno : fd;
}

int network_sysctl_read(int proc_fd, const char *name, char *ret_value, size_t size)
{
    autoclose int fd = sysctl_open(proc_fd, name, O_RDONLY);
    if (fd < 0)
        return fd;
    ssize_t n = read(fd, ret_value, size - 1);
    if (n < 0)
        return -errno;
    ret_value[n] = '\0';
    ret_value[strcspn(ret_value, "\n")] = '\0';
    return 0;
}

int network_sysctl_write(int proc_fd, const char *name, const char *value)
{
    autoclose int fd = sysctl_open(proc_fd, name, O_WRONLY);
    if (fd < 0)
        return fd;
    ssize_t n = write(fd, value, strlen(value));
    if (n < 0)
        return -errno;
    return (size_t)n == strlen(value) ? 0 : -EIO;
}
