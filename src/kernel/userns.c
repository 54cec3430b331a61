/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static int userns_write_map(int proc_fd, pid_t pid, const char *name, const char *map)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "%d/%s", pid, name);
    autoclose int fd = openat(proc_fd, path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    size_t size = strlen(map);
    ssize_t n = write(fd, map, size); /* a map is accepted whole, in one write, or not at all */
    if (n < 0)
        return -errno;
    return (size_t)n == size ? 0 : -EIO;
}

int userns_write_maps(int proc_fd, pid_t pid, const char *uid_map, const char *gid_map)
{
    int r = userns_write_map(proc_fd, pid, "uid_map", uid_map);
    return r < 0 ? r : userns_write_map(proc_fd, pid, "gid_map", gid_map);
}

/* Waits for SIGKILL. It holds copies of the parent's locks: it must not outlive it. */
static _Noreturn void userns_hold(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
        _exit(1);
    for (;;)
        (void)pause();
}

int userns_make(int proc_fd, const char *uid_map, const char *gid_map)
{
    int pidfd = -EBADF;
    pid_t parent = getpid();
    /* The namespace needs a process for as long as its maps are written; this one only waits to be ended. */
    pid_t pid = process_clone(CLONE_NEWUSER, -EBADF, &pidfd);
    if (pid < 0)
        return pid;
    if (pid == 0)
        userns_hold(parent);
    int r = userns_write_maps(proc_fd, pid, uid_map, gid_map);
    if (r == 0)
        r = process_open_namespace(proc_fd, pid, "user");
    process_end(pidfd);
    (void)close(pidfd);
    return r;
}
