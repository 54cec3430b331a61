/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/sandbox.h"

#include "kernel/credentials.h"
#include "kernel/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#else
#error "the seccomp filter needs this architecture's name"
#endif

#define MEMORY_MAX (3ull << 30) /* address space: the largest zstd window, the folders' names, room */
#define BIT(capability) (1ull << (capability))

/* What both roles need: streams, memory, the end. */
static const int stream_calls[] = {
    SYS_read,       SYS_write,         SYS_writev,          SYS_close,
    SYS_brk,        SYS_munmap,        SYS_mremap,          SYS_madvise,
    SYS_futex,      SYS_fstat,         SYS_rt_sigreturn,    SYS_rt_sigprocmask,
    SYS_exit_group, SYS_exit,          SYS_getrandom,       SYS_gettid,
    SYS_getpid,     SYS_clock_gettime, SYS_restart_syscall, SYS_rt_sigaction,
    SYS_tgkill,     SYS_sigaltstack,
};

/* What making and reading a tree needs besides. */
static const int tree_calls[] = {
    SYS_openat,     SYS_openat2,  SYS_mkdirat,  SYS_unlinkat,  SYS_symlinkat, SYS_linkat,     SYS_mknodat,
    SYS_renameat2,  SYS_fchown,   SYS_fchownat, SYS_fchmod,    SYS_utimensat, SYS_fsetxattr,  SYS_fgetxattr,
    SYS_flistxattr, SYS_pwrite64, SYS_pread64,  SYS_ftruncate, SYS_lseek,     SYS_getdents64, SYS_newfstatat,
    SYS_readlinkat, SYS_fcntl,    SYS_statx,    SYS_fadvise64,
};

#define FILTER_MAX 128

struct filter {
    struct sock_filter code[FILTER_MAX];
    uint16_t count;
};

static void add(struct filter *f, uint16_t code, uint32_t value, uint8_t when_true, uint8_t when_false)
{
    f->code[f->count++] = (struct sock_filter)BPF_JUMP(code, value, when_true, when_false);
}

static void allow(struct filter *f, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i], 0, 1);
        add(f, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    }
}

/* mmap and mprotect without PROT_EXEC. */
static void allow_data_mapping(struct filter *f, int call)
{
    add(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 4);
    add(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2]), 0, 0);
    add(f, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
    add(f, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
    add(f, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static int install_filter(enum sandbox_role role)
{
    struct filter f = {.count = 0};
    _Static_assert(2 * (ARRAY_SIZE(stream_calls) + ARRAY_SIZE(tree_calls)) + 16 < FILTER_MAX,
                   "room for every call");
    add(&f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
    add(&f, BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0);
    add(&f, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
    add(&f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    allow(&f, stream_calls, ARRAY_SIZE(stream_calls));
    if (role == SANDBOX_TREE)
        allow(&f, tree_calls, ARRAY_SIZE(tree_calls));
    allow_data_mapping(&f, SYS_mmap);
    allow_data_mapping(&f, SYS_mprotect);
    /* A library may try something else and go on without it. */
    add(&f, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM, 0, 0);
    return seccomp_install(f.code, f.count, 0);
}

static int limit(int what, rlim_t value)
{
    const struct rlimit both = {value, value};
    return setrlimit((__rlimit_resource_t)what, &both) < 0 ? -errno : 0;
}

static int drop_power(enum sandbox_role role)
{
    struct capability_sets sets = {0};
    if (role == SANDBOX_TREE)
        sets.effective = sets.permitted = BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) |
                                          BIT(CAP_FOWNER) | BIT(CAP_FSETID) | BIT(CAP_SETFCAP);
    int r = credentials_set_capabilities(&sets);
    if (r == 0)
        r = credentials_no_new_privs();
    if (r == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        r = -errno;
    return r;
}

int sandbox_enter(enum sandbox_role role, int root_fd, struct failure *failure)
{
    umask(0);
    if (role == SANDBOX_TREE && (fchdir(root_fd) < 0 || chroot(".") < 0))
        return fail(failure, -errno, "making the tree the root");
    int r = limit(RLIMIT_CORE, 0);
    if (r == 0)
        r = limit(RLIMIT_NOFILE, 64);
#ifndef __SANITIZE_ADDRESS__ /* its shadow memory is larger than any limit */
    if (r == 0)
        r = limit(RLIMIT_AS, MEMORY_MAX);
#endif
    if (r < 0)
        return fail(failure, r, "setting limits");
    r = drop_power(role);
    if (r < 0)
        return fail(failure, r, "dropping capabilities");
    r = install_filter(role);
    return r < 0 ? fail(failure, r, "installing the seccomp filter") : 0;
}
