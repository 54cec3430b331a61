/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/calls.h"

#include "kernel/call_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define ALL_BITS UINT32_MAX
#define NEW_NAMESPACES                                                                                       \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |               \
     CLONE_NEWCGROUP)

static const int plain_calls[] = {
    /* memory, threads, time, the end */
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_futex,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_gettid,
    SYS_getpid,
    SYS_exit,
    SYS_exit_group,
    SYS_tgkill,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_clock_gettime,
    SYS_clock_nanosleep,
    SYS_getrandom,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_uname,
    SYS_sysinfo,
    /* descriptors */
    SYS_read,
    SYS_readv,
    SYS_write,
    SYS_writev,
    SYS_pread64,
    SYS_pwrite64,
    SYS_lseek,
    SYS_close,
    SYS_fstat,
    SYS_newfstatat,
    SYS_fcntl,
    SYS_ppoll,
    SYS_pselect6,
    SYS_pipe2,
    SYS_eventfd2,
#ifdef SYS_poll
    SYS_poll,
#endif
    /* sockets that are there */
    SYS_connect,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_getsockopt,
    SYS_getsockname,
    SYS_getpeername,
    SYS_shutdown,
};

struct conditional {
    int call;
    struct call_condition when;
};

static const struct conditional conditional_calls[] = {
    {SYS_mmap, {2, PROT_EXEC, 0}},
    {SYS_mprotect, {2, PROT_EXEC, 0}},
    /* reading alone, and no file is made */
    {SYS_openat, {2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | O_TMPFILE, 0}},
    {SYS_openat, {2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | O_TMPFILE, O_DIRECTORY}},
    {SYS_clone, {0, CLONE_THREAD | CLONE_VM | NEW_NAMESPACES, CLONE_THREAD | CLONE_VM}},
    {SYS_ioctl, {1, ALL_BITS, FIONBIO}},
    {SYS_ioctl, {1, ALL_BITS, FIONREAD}},
    {SYS_socket, {0, ALL_BITS, AF_INET}},
    {SYS_socket, {0, ALL_BITS, AF_INET6}},
    {SYS_socket, {0, ALL_BITS, AF_NETLINK}}, /* getaddrinfo(3) asks which addresses the machine has */
    {SYS_socketpair, {1, 0xf, SOCK_STREAM}}, /* of a connected stream no other end can be named */
    {SYS_bind, {2, ALL_BITS, sizeof(struct sockaddr_nl)}}, /* too short for an address of IPv4 */
    {SYS_setsockopt, {1, ALL_BITS, SOL_SOCKET}},
    {SYS_setsockopt, {1, ALL_BITS, IPPROTO_IP}},
    {SYS_setsockopt, {1, ALL_BITS, IPPROTO_TCP}},
    {SYS_setsockopt, {1, ALL_BITS, IPPROTO_IPV6}},
};

/* Only a program that somebody took over asks for these. */
static const int hostile_calls[] = {
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_mount,
    SYS_move_mount,
    SYS_pivot_root,
    SYS_chroot,
    SYS_init_module,
    SYS_finit_module,
    SYS_bpf,
    SYS_kexec_load,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_unshare,
    SYS_setns,
};

int calls_confine(void)
{
    struct call_filter f;
    call_filter_begin(&f);
    call_filter_allow(&f, plain_calls, ARRAY_SIZE(plain_calls));
    for (size_t i = 0; i < ARRAY_SIZE(conditional_calls); i++)
        call_filter_allow_when(&f, conditional_calls[i].call, &conditional_calls[i].when);
    call_filter_refuse(&f, SYS_clone3, ENOSYS); /* its flags are in memory; libc goes on with clone(2) */
    call_filter_kill(&f, hostile_calls, ARRAY_SIZE(hostile_calls));
    return call_filter_install(&f);
}
