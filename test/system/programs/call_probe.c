/* SPDX-License-Identifier: Apache-2.0 */
/* Inside a container: makes one system call after the other and prints "name: errno name" (or "ok"). Static.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    const char *name;
    long number;
    long args[5];
} calls[] = {
    {"tiocsti", SYS_ioctl, {0, TIOCSTI, (long)"x"}},
    {"tioclinux", SYS_ioctl, {0, 0x541c, (long)"\x02"}},
    {"io_uring_setup", 425, {1, 0}},
    {"unshare-user", SYS_unshare, {CLONE_NEWUSER}},
    {"unshare-mount", SYS_unshare, {CLONE_NEWNS}},
    {"clone-user", SYS_clone, {CLONE_NEWUSER | SIGCHLD}},
    {"clone3", 435, {0, 0}},
    {"setns", SYS_setns, {-1, 0}},
    {"mount", SYS_mount, {0, 0, 0, 0, 0}},
    {"fsopen", 430, {0, 0}},
    {"open_tree", 428, {-1, 0, 0}},
    {"bpf", SYS_bpf, {-1, 0, 0}},
    {"keyctl", SYS_keyctl, {-1, 0, 0}},
    {"add_key", SYS_add_key, {0, 0, 0, 0, 0}},
    {"userfaultfd", SYS_userfaultfd, {-1}},
    {"perf_event_open", SYS_perf_event_open, {0, 0, -1, -1, 0}},
    {"kexec_load", SYS_kexec_load, {0, 0, 0, -1}},
    {"open_by_handle_at", SYS_open_by_handle_at, {-1, 0, 0}},
    {"socket-vsock", SYS_socket, {AF_VSOCK, -1, 0}},
    {"socket-alg", SYS_socket, {AF_ALG, -1, 0}},
    {"socket-inet", SYS_socket, {AF_INET, SOCK_STREAM, 0}},
    {"ptrace", SYS_ptrace, {PTRACE_TRACEME, 0, 0, 0}},
    {"x32-getpid", 0x40000000 + SYS_getpid, {0}},
    {"unknown", 4000, {0}},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        const long *a = calls[i].args;
        (void)fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
            long result = syscall(calls[i].number, a[0], a[1], a[2], a[3], a[4]);
            if (result == 0 && calls[i].number == SYS_clone)
                _exit(0);
            printf("%s: %s\n", calls[i].name, result < 0 ? strerrorname_np(errno) : "ok");
            (void)fflush(stdout);
            _exit(0);
        }
        if (pid < 0 || waitpid(pid, NULL, 0) < 0)
            return 1;
    }
    return 0;
}
