/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/sandbox.h"

#include "kernel/call_filter.h"
#include "kernel/credentials.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

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

static int install_filter(enum sandbox_role role)
{
    static const int mapping_calls[] = {SYS_mmap, SYS_mprotect};
    static const struct call_condition no_code = {.argument = 2, .mask = PROT_EXEC, .value = 0};
    struct call_filter f;
    call_filter_begin(&f);
    call_filter_allow(&f, stream_calls, ARRAY_SIZE(stream_calls));
    if (role == SANDBOX_TREE)
        call_filter_allow(&f, tree_calls, ARRAY_SIZE(tree_calls));
    for (size_t i = 0; i < ARRAY_SIZE(mapping_calls); i++)
        call_filter_allow_when(&f, mapping_calls[i], &no_code);
    call_filter_kill(&f, mapping_calls, ARRAY_SIZE(mapping_calls));
    return call_filter_install(&f);
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
#ifndef UNROOT_SANITIZED /* its shadow memory is larger than any limit */
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
