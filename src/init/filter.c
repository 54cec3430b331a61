/* SPDX-License-Identifier: Apache-2.0 */
#include "init/filter.h"

#include "init/files.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#define TERMINAL_PUSH_BACK 0x5412 /* TIOCSTI */
#define TERMINAL_LINUX 0x541c     /* TIOCLINUX: paste the selection */
#define X32_BIT 0x40000000

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (field))
#define IF_EQUAL(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))

/* ioctl has a number per architecture; on x86-64 also 514, x32's, which kernels take with and without
 * X32_BIT. The kernel looks at the lower half of the second argument alone, so the filter must, too
 * (CVE-2019-10063). */
static struct sock_filter program[] = {
    /* 0 */ LOAD(__builtin_offsetof(struct seccomp_data, arch)),
    /* 1 */ IF_EQUAL(AUDIT_ARCH_X86_64, 5, 0),
    /* 2 */ IF_EQUAL(AUDIT_ARCH_I386, 9, 0),
    /* 3 */ IF_EQUAL(AUDIT_ARCH_ARM, 8, 0),
    /* 4 */ IF_EQUAL(AUDIT_ARCH_AARCH64, 0, 11),
    /* 5 */ LOAD(__builtin_offsetof(struct seccomp_data, nr)),
    /* 6 */ IF_EQUAL(29, 7, 9),
    /* 7 x86-64 */ LOAD(__builtin_offsetof(struct seccomp_data, nr)),
    /* 8 */ IF_EQUAL(16, 5, 0),
    /* 9 */ IF_EQUAL(514, 4, 0),
    /* 10 */ IF_EQUAL(X32_BIT | 514, 3, 0),
    /* 11 */ IF_EQUAL(X32_BIT | 16, 2, 4),
    /* 12 i386, arm */ LOAD(__builtin_offsetof(struct seccomp_data, nr)),
    /* 13 */ IF_EQUAL(54, 0, 2),
    /* 14 it is ioctl */ LOAD(__builtin_offsetof(struct seccomp_data, args[1])),
    /* 15 */ IF_EQUAL(TERMINAL_PUSH_BACK, 2, 1),
    /* 16 */ RETURN(SECCOMP_RET_ALLOW),
    /* 17 */ IF_EQUAL(TERMINAL_LINUX, 0, 1),
    /* 18 */ RETURN(SECCOMP_RET_ERRNO | EPERM),
    /* 19 */ RETURN(SECCOMP_RET_ALLOW),
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "args[1] is read as its lower half");

int filter_install(struct failure *f)
{
    struct sock_fprog fprog = {ARRAY_SIZE(program), program};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &fprog, 0, 0) < 0)
        return fail_system(f, -errno, "installing the seccomp filter");
    return 0;
}
