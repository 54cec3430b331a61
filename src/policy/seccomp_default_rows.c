/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/seccomp_default_rows.h"

#include "formats/capability.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/socket.h>

#define BIT(name) CAPABILITY_BIT(name)
#define INT32 UINT64_C(0xffffffff)
/* Every namespace flag of clone(2); CLONE_NEWTIME is not one there (it overlaps the exit signal). */
#define CLONE_NAMESPACES                                                                                     \
    ((uint64_t)(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
                CLONE_NEWNET))
#define UNSHARE_NAMESPACES (CLONE_NAMESPACES | UINT64_C(0x80) /* CLONE_NEWTIME */)

#define TIOCSTI_NUMBER 0x5412
#define TIOCLINUX_NUMBER 0x541c
#define SOCKETCALL_SOCKET 1

const struct seccomp_default_row seccomp_default_rows[] = {
    /* files and folders */
    {.names = "access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 "
              "faccessat faccessat2 "
              "fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown "
              "fchown32 fchownat "
              "fcntl fcntl64 fdatasync fgetxattr file_getattr file_setattr flistxattr flock fremovexattr "
              "fsetxattr fstat "
              "fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents "
              "getdents64 getxattr "
              "getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch lchown lchown32 "
              "lgetxattr link "
              "linkat listxattr listxattrat llistxattr _llseek lremovexattr lseek lsetxattr lstat lstat64 "
              "mkdir mkdirat "
              "mknod mknodat name_to_handle_at newfstatat open openat openat2 pread64 preadv preadv2 "
              "pwrite64 pwritev "
              "pwritev2 read readahead readlink readlinkat readv removexattr removexattrat rename renameat "
              "renameat2 rmdir "
              "sendfile sendfile64 setxattr setxattrat splice stat stat64 statfs statfs64 statx symlink "
              "symlinkat sync "
              "sync_file_range sync_file_range2 arm_sync_file_range arm_fadvise64_64 syncfs tee truncate "
              "truncate64 umask "
              "unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice write writev"},
    /* what is mounted, to read; cache and attributes */
    {.names = "cachestat listmount lsm_get_self_attr lsm_list_modules statmount"},
    /* waiting and events; asynchronous I/O in its old form */
    {.names =
         "epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait "
         "epoll_wait_old eventfd "
         "eventfd2 io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit "
         "_newselect "
         "pause poll ppoll ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4 timerfd_create "
         "timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64"},
    /* memory */
    {.names = "brk madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 "
              "mlockall mmap mmap2 "
              "mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect "
              "process_mrelease "
              "remap_file_pages"},
    /* processes, threads, signals; ptrace is safe against filters since Linux 4.8 and guarded by the kernel's
       own rule */
    {.names =
         "alarm arch_prctl breakpoint cacheflush execve execveat exit exit_group fork futex futex_requeue "
         "futex_time64 "
         "futex_wait futex_waitv futex_wake get_robust_list get_thread_area getcpu getitimer getpgid getpgrp "
         "getpid "
         "getppid getpriority getrlimit getrusage getsid gettid ioprio_get ioprio_set kill landlock_add_rule "
         "landlock_create_ruleset landlock_restrict_self modify_ldt nanosleep nice pidfd_open "
         "pidfd_send_signal prctl "
         "prlimit64 process_vm_readv process_vm_writev ptrace restart_syscall riscv_flush_icache "
         "riscv_hwprobe rseq "
         "rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend "
         "rt_sigtimedwait "
         "rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min "
         "sched_getaffinity "
         "sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 "
         "sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp "
         "set_robust_list "
         "set_thread_area set_tid_address set_tls setitimer setpgid setpriority setrlimit setsid sgetmask "
         "sigaction "
         "sigaltstack signal sigpending sigprocmask sigreturn sigsuspend ssetmask tgkill tkill ugetrlimit "
         "uprobe "
         "uretprobe vfork wait4 waitid waitpid"},
    /* who one is */
    {.names = "capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 "
              "getresgid getresgid32 "
              "getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 "
              "setgroups "
              "setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid "
              "setreuid32 setuid "
              "setuid32"},
    /* time; the adjtimex family reads, and needs the host's CAP_SYS_TIME to write */
    {.names = "adjtimex clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime "
              "clock_gettime64 "
              "clock_nanosleep clock_nanosleep_time64 gettimeofday time timer_create timer_delete "
              "timer_getoverrun "
              "timer_gettime timer_gettime64 timer_settime timer_settime64 times"},
    /* pipes, System V and POSIX queues, semaphores, shared memory */
    {.names = "ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend "
              "mq_timedsend_time64 "
              "mq_unlink msgctl msgget msgrcv msgsnd pipe pipe2 semctl semget semop semtimedop "
              "semtimedop_time64 shmat shmctl "
              "shmdt shmget"},
    /* sockets */
    {.names = "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg "
              "recvmmsg_time64 "
              "recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socket socketcall socketpair"},
    /* Families that are no part of a network namespace (the host's hypervisor, the kernel's crypto and its
     * history of holes). The program hears "no such family" and does without. */
    {.names = "socket socketpair", .error = EAFNOSUPPORT, .mask = INT32, .equals = AF_VSOCK},
    {.names = "socket socketpair", .error = EAFNOSUPPORT, .mask = INT32, .equals = AF_ALG},
    /* i386's socketcall hides the family behind a pointer; libcs ask for socket(2) first since 2015. */
    {.names = "socketcall", .error = ENOSYS, .mask = INT32, .equals = SOCKETCALL_SOCKET},
    /* The first, 16 bit forms of calls above; and calls that no kernel from 6.1 on has: it answers ENOSYS
     * itself, which is what probing programs expect, and the filter has fewer holes to describe. */
    {.names = "get_tls oldfstat oldlstat oldolduname oldstat olduname readdir"},
    {.names = "_sysctl afs_syscall bdflush break create_module ftime get_kernel_syms getpmsg gtty idle lock "
              "mpx nfsservctl "
              "prof profil putpmsg query_module security stty tuxcall ulimit vserver"},
    /* the rest that ordinary programs use */
    {.names = "getrandom ioctl sysinfo uname"},
    /* Typing into the terminal that started the container (CVE-2016-2568, CVE-2017-5226, CVE-2023-28100). */
    {.names = "ioctl", .error = EPERM, .index = 1, .mask = INT32, .equals = TIOCSTI_NUMBER},
    {.names = "ioctl", .error = EPERM, .index = 1, .mask = INT32, .equals = TIOCLINUX_NUMBER},
    /* Execution domains: Linux, Linux 32 bit, both with UNAME26, and asking. Others switch protections off.
     */
    {.names = "personality", .mask = INT32, .equals = 0x0},
    {.names = "personality", .mask = INT32, .equals = 0x8},
    {.names = "personality", .mask = INT32, .equals = 0x20000},
    {.names = "personality", .mask = INT32, .equals = 0x20008},
    {.names = "personality", .mask = INT32, .equals = 0xffffffff},

    /* Namespaces. clone3's flags are behind a pointer: ENOSYS, and libcs fall back to clone. */
    {.names = "clone",
     .when = SECCOMP_ROW_WITHOUT,
     .with = BIT(CAP_SYS_ADMIN),
     .userns = true,
     .mask = CLONE_NAMESPACES},
    {.names = "unshare",
     .when = SECCOMP_ROW_WITHOUT,
     .with = BIT(CAP_SYS_ADMIN),
     .userns = true,
     .mask = UNSHARE_NAMESPACES},
    {.names = "clone3",
     .error = ENOSYS,
     .when = SECCOMP_ROW_WITHOUT,
     .with = BIT(CAP_SYS_ADMIN),
     .userns = true},
    {.names = "clone clone3 setdomainname sethostname setns umount umount2 unshare mount pivot_root",
     .when = SECCOMP_ROW_WITH,
     .with = BIT(CAP_SYS_ADMIN),
     .userns = true},
    {.names = "chroot", .when = SECCOMP_ROW_WITH, .with = BIT(CAP_SYS_CHROOT), .userns = true},

    /* With a capability, as docker documents it. */
    {.names = "fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount_setattr move_mount "
              "open_tree open_tree_attr "
              "quotactl quotactl_fd",
     .when = SECCOMP_ROW_WITH,
     .with = BIT(CAP_SYS_ADMIN)},
    {.names = "bpf", .when = SECCOMP_ROW_WITH, .with = BIT(CAP_SYS_ADMIN) | BIT(CAP_BPF)},
    {.names = "perf_event_open", .when = SECCOMP_ROW_WITH, .with = BIT(CAP_SYS_ADMIN) | BIT(CAP_PERFMON)},
    {.names = "syslog", .when = SECCOMP_ROW_WITH, .with = BIT(CAP_SYS_ADMIN) | BIT(CAP_SYSLOG)},
    {.names = "open_by_handle_at", .when = SECCOMP_ROW_WITH, .with = BIT(CAP_DAC_READ_SEARCH)},
    {.names = "reboot", .when = SECCOMP_ROW_WITH, .with = BIT(CAP_SYS_BOOT)},
    {.names = "delete_module finit_module init_module",
     .when = SECCOMP_ROW_WITH,
     .with = BIT(CAP_SYS_MODULE)},
    {.names = "acct", .when = SECCOMP_ROW_WITH, .with = BIT(CAP_SYS_PACCT)},
    {.names = "kcmp pidfd_getfd process_madvise", .when = SECCOMP_ROW_WITH, .with = BIT(CAP_SYS_PTRACE)},
    {.names = "ioperm iopl", .when = SECCOMP_ROW_WITH, .with = BIT(CAP_SYS_RAWIO)},
    {.names = "clock_settime clock_settime64 settimeofday stime",
     .when = SECCOMP_ROW_WITH,
     .with = BIT(CAP_SYS_TIME)},
    {.names = "vhangup", .when = SECCOMP_ROW_WITH, .with = BIT(CAP_SYS_TTY_CONFIG)},
    {.names = "get_mempolicy mbind set_mempolicy set_mempolicy_home_node",
     .when = SECCOMP_ROW_WITH,
     .with = BIT(CAP_SYS_NICE)},
};
const size_t seccomp_default_row_count = ARRAY_SIZE(seccomp_default_rows);

const char *const seccomp_default_refused =
    /* shared with every other container and the host: keys, swap, kernels, another process's memory policy */
    "add_key keyctl request_key swapoff swapon kexec_file_load kexec_load migrate_pages move_pages "
    /* much kernel behind few uses: holes every year */
    "io_uring_enter io_uring_register io_uring_setup userfaultfd vm86 vm86old "
    /* nothing inside needs to change or list what is outside */
    "lsm_set_self_attr listns pciconfig_iobase pciconfig_read pciconfig_write "
    /* old */
    "sysfs uselib usr26 usr32 ustat";
