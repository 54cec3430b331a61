/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/process.h"

#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

/* The line "Pid:" of the descriptor's fdinfo; -1 when it is gone. */
static pid_t pidfd_number(int pidfd)
{
    char path[64], line[64];
    long pid = -1;
    (void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
    FILE *file = fopen(path, "re");
    while (file && pid < 0 && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        uint64_t number;
        const char *digits = strncmp(line, "Pid:\t", 5) == 0 ? line + 5 : "";
        if (number_parse(digits, INT32_MAX, &number) == 0)
            pid = (long)number;
    }
    if (file)
        (void)fclose(file);
    return (pid_t)pid;
}

int process_shared_namespaces(int pidfd, int flags)
{
    static const struct {
        int flag;
        const char *name;
    } kinds[] = {
        {CLONE_NEWNS, "mnt"},  {CLONE_NEWNET, "net"},       {CLONE_NEWIPC, "ipc"},   {CLONE_NEWUTS, "uts"},
        {CLONE_NEWPID, "pid"}, {CLONE_NEWCGROUP, "cgroup"}, {CLONE_NEWTIME, "time"}, {CLONE_NEWUSER, "user"},
    };
    pid_t pid = pidfd_number(pidfd);
    int shared = 0;
    for (size_t i = 0; pid > 0 && i < ARRAY_SIZE(kinds); i++) {
        struct stat ours, theirs;
        char own[64], other[64];
        (void)snprintf(own, sizeof(own), "/proc/self/ns/%s", kinds[i].name);
        (void)snprintf(other, sizeof(other), "/proc/%d/ns/%s", pid, kinds[i].name);
        if (flags & kinds[i].flag && stat(own, &ours) == 0 && stat(other, &theirs) == 0 &&
            ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino)
            shared |= kinds[i].flag;
    }
    return shared;
}
