/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

pid_t process_clone(uint64_t flags, int cgroup_fd, int *ret_pidfd)
{
    int pidfd = -EBADF;
    struct clone_args args = {
        .flags = flags | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)&pidfd,
        .exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD, /* a sibling has its parent's: clone(2) */
    };
    if (cgroup_fd >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)cgroup_fd;
    }
    long pid = syscall(SYS_clone3, &args, sizeof(args));
    if (pid < 0)
        return -errno;
    if (pid > 0)
        *ret_pidfd = pidfd;
    return (pid_t)pid;
}

int process_signal(int pidfd, int signal)
{
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

int process_wait(int pidfd)
{
    siginfo_t info = {0};
    while (waitid((idtype_t)3 /* P_PIDFD */, (id_t)pidfd, &info, WEXITED) < 0)
        if (errno != EINTR)
            return -errno;
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

void process_end(int pidfd)
{
    if (pidfd < 0)
        return;
    ignore(process_signal(pidfd, SIGKILL)); /* it may be gone already */
    ignore(process_wait(pidfd));            /* nothing to do with the status of what was ended */
}

int process_enter(int fd, int flags)
{
    return setns(fd, flags) < 0 ? -errno : 0;
}

int process_unshare(int flags)
{
    return unshare(flags) < 0 ? -errno : 0;
}

int process_open_namespace(int proc_fd, pid_t pid, const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "%d/ns/%s", pid, name);
    int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int process_close_from(unsigned int lowest)
{
    return syscall(SYS_close_range, lowest, ~0U, 0) < 0 ? -errno : 0;
}
