/* SPDX-License-Identifier: Apache-2.0 */
/* The builtin filter in the kernel: every refused call is tried, with and without it. */
#include "kernel/credentials.h"
#include "kernel/process.h"
#include "kernel/seccomp.h"
#include "policy/seccomp_default.h"
#include "seccomp/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <cmocka.h>

#define SKIPPED 77
#define TIOCLINUX_NUMBER 0x541c
#define HIGH_BITS UINT64_C(0x5500000000)

/* Numbers that headers here may lack. */
#define CALL_FSOPEN 430
#define CALL_OPEN_TREE 428
#define CALL_CLONE3 435
#define CALL_MOUNT_SETATTR 442
#define CALL_STATMOUNT 457

static struct compiled builtin_filter(uint64_t capabilities, bool userns)
{
    struct utsname host;
    struct compiled c = {0};
    autoreport struct report report = {0};
    autoseccomp struct seccomp_profile profile = {0};
    const struct seccomp_facts facts = {.capabilities = capabilities, .allow_userns = userns};
    assert_int_equal(uname(&host), 0);
    const struct machine *machine = machine_find(host.machine);
    assert_non_null(machine);
    const struct seccomp_place place = {.architecture = machine->go_name, .capabilities = capabilities};
    assert_int_equal(seccomp_default_make(&facts, &profile), 0);
    assert_int_equal(seccomp_compile(&profile, machine, &place, &report, &c), 0);
    return c;
}

/* The errno of one call, tried in a child with the filter (NULL: without any). */
struct attempt {
    const char *name;
    long number;
    long args[5];
    int refusal; /* its errno with the filter */
};

static int try_call(const struct attempt *a)
{
    const long *v = a->args;
    long result = syscall(a->number, v[0], v[1], v[2], v[3], v[4]);
    if (result == 0 &&
        (a->number == SYS_clone || a->number == SYS_fork)) /* the child of an attempt that worked */
        _exit(0);
    return result < 0 ? errno : 0;
}

static int in_child(const struct compiled *filter, const struct attempt *a)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (filter && (credentials_no_new_privs() != 0 ||
                       seccomp_install(filter->filter, (uint16_t)filter->count, 0) != 0))
            _exit(250);
        _exit(try_call(a));
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_not_equal(WEXITSTATUS(status), 250);
    return WEXITSTATUS(status);
}

static const struct attempt refused[] = {
    {"ioctl TIOCSTI", SYS_ioctl, {-1, TIOCSTI, 0}, EPERM},
    {"ioctl TIOCSTI, high bits", SYS_ioctl, {-1, (long)(HIGH_BITS | TIOCSTI), 0}, EPERM},
    {"ioctl TIOCLINUX", SYS_ioctl, {-1, TIOCLINUX_NUMBER, 0}, EPERM},
    {"io_uring_setup", 425, {1, 0}, EPERM},
    {"io_uring_enter", 426, {-1}, EPERM},
    {"io_uring_register", 427, {-1}, EPERM},
    {"unshare user", SYS_unshare, {CLONE_NEWUSER}, EPERM},
    {"unshare mount", SYS_unshare, {CLONE_NEWNS}, EPERM},
    {"unshare time", SYS_unshare, {0x80}, EPERM},
    {"clone user", SYS_clone, {CLONE_NEWUSER | SIGCHLD}, EPERM},
    {"clone net, high bits", SYS_clone, {(long)(HIGH_BITS | CLONE_NEWNET | SIGCHLD)}, EPERM},
    {"clone3", CALL_CLONE3, {0, 0}, ENOSYS},
    {"setns", SYS_setns, {-1, 0}, EPERM},
    {"mount", SYS_mount, {0, 0, 0, 0, 0}, EPERM},
    {"umount2", SYS_umount2, {0, -1}, EPERM},
    {"pivot_root", SYS_pivot_root, {0, 0}, EPERM},
    {"fsopen", CALL_FSOPEN, {0, 0}, EPERM},
    {"open_tree", CALL_OPEN_TREE, {-1, 0, 0}, EPERM},
    {"move_mount", 429, {-1, 0, -1, 0, 0}, EPERM},
    {"mount_setattr", CALL_MOUNT_SETATTR, {-1, 0, 0, 0, 1}, EPERM},
    {"bpf", SYS_bpf, {-1, 0, 0}, EPERM},
    {"keyctl", SYS_keyctl, {-1, 0, 0}, EPERM},
    {"add_key", SYS_add_key, {0, 0, 0, 0, 0}, EPERM},
    {"request_key", SYS_request_key, {0, 0, 0, 0}, EPERM},
    {"userfaultfd", SYS_userfaultfd, {-1}, EPERM},
    {"perf_event_open", SYS_perf_event_open, {0, 0, -1, -1, 0}, EPERM},
    {"open_by_handle_at", SYS_open_by_handle_at, {-1, 0, 0}, EPERM},
    {"kexec_load", SYS_kexec_load, {0, 0, 0, -1}, EPERM},
    {"init_module", SYS_init_module, {0, 0, 0}, EPERM},
    {"quotactl", SYS_quotactl, {-1, 0, 0, 0}, EPERM},
    {"swapon", SYS_swapon, {0, -1}, EPERM},
    {"chroot", SYS_chroot, {0}, EPERM},
    {"personality without randomisation", SYS_personality, {0x40000}, EPERM},
    {"socket AF_VSOCK", SYS_socket, {AF_VSOCK, -1, 0}, EAFNOSUPPORT},
    {"socket AF_ALG, high bits", SYS_socket, {(long)(HIGH_BITS | AF_ALG), -1, 0}, EAFNOSUPPORT},
};

static void refused_calls_fail(void **state)
{
    struct compiled c = builtin_filter(0, false);
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        int with = in_child(&c, &refused[i]), without = in_child(NULL, &refused[i]);
        if (with != refused[i].refusal || without == refused[i].refusal)
            fail_msg("%s: errno %d with the filter, %d without", refused[i].name, with, without);
    }
    free(c.filter);
}

static void ordinary_calls_work(void **state)
{
    static const struct attempt fine[] = {
        {"getpid", SYS_getpid, {0}, 0},
        {"ptrace", SYS_ptrace, {PTRACE_TRACEME, 0, 0, 0}, 0},
        {"clone", SYS_clone, {SIGCHLD}, 0},
        {"unshare files", SYS_unshare, {CLONE_FILES}, 0},
        {"socket", SYS_socket, {AF_INET6, SOCK_STREAM, 0}, 0},
        {"socket unix", SYS_socket, {AF_UNIX, SOCK_DGRAM, 0}, 0},
        {"ioctl FIONREAD", SYS_ioctl, {-1, FIONREAD, 0}, EBADF},
        {"personality", SYS_personality, {-1}, 0},
        {"openat2", 437, {-100, 0, 0, 24}, EFAULT},
        {"statmount", CALL_STATMOUNT, {0, 0, 0, -1}, EINVAL},
        {"newer than all", 4000, {0}, ENOSYS},
    };
    struct compiled c = builtin_filter(0, false);
    for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
        int with = in_child(&c, &fine[i]);
        if (with != fine[i].refusal && !(with == ENOSYS && fine[i].number > 424)) /* an older kernel */
            fail_msg("%s: errno %d", fine[i].name, with);
    }
    free(c.filter);
}

static void namespaces_are_open_when_asked_for(void **state)
{
    static const struct attempt user = {"unshare", SYS_unshare, {CLONE_NEWUSER | CLONE_NEWNS}, 0};
    static const struct attempt next[] = {{"mount", SYS_mount, {0, 0, 0, 0, 0}, EFAULT},
                                          {"clone3", CALL_CLONE3, {0, 0}, EINVAL},
                                          {"keyctl", SYS_keyctl, {-1, 0, 0}, EPERM}};
    struct compiled c = builtin_filter(0, true);
    assert_int_equal(in_child(&c, &user), in_child(NULL, &user));
    for (size_t i = 0; i < ARRAY_SIZE(next); i++)
        assert_int_equal(in_child(&c, &next[i]), next[i].refusal);
    free(c.filter);
}

#if defined(__x86_64__)
/* The status of a child that makes one call of another ABI. */
static int other_abi(const struct compiled *c, long (*call)(long number, long argument), long number,
                     long argument)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (credentials_no_new_privs() != 0 || seccomp_install(c->filter, (uint16_t)c->count, 0) != 0)
            _exit(250);
        long result = call(number, argument);
        _exit(result < 0 ? (int)-result : 0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static long call_i386(long number, long argument)
{
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(argument), "c"(0), "d"(0)
                     : "memory", "r8", "r9", "r10", "r11");
    return (int)result;
}

static long call_x32(long number, long argument)
{
    return syscall(0x40000000 | number, argument) < 0 ? -errno : 0;
}

static void other_abis_are_filtered_too(void **state)
{
    struct compiled c = builtin_filter(0, false);
    assert_int_equal(other_abi(&c, call_x32, SYS_getpid, 0), ENOSYS);
    assert_int_equal(other_abi(&c, call_x32, SYS_keyctl, -1), ENOSYS);
    if (access("/proc/sys/abi/vsyscall32", F_OK) == 0) { /* a kernel with CONFIG_IA32_EMULATION */
        assert_int_equal(other_abi(&c, call_i386, 20 /* getpid */, 0), 0);
        assert_int_equal(other_abi(&c, call_i386, 288 /* keyctl */, -1), EPERM);
        assert_int_equal(other_abi(&c, call_i386, 310 /* unshare */, CLONE_NEWUSER), EPERM);
        assert_int_equal(other_abi(&c, call_i386, 120 /* clone */, CLONE_NEWUSER | SIGCHLD), EPERM);
        assert_int_equal(other_abi(&c, call_i386, 21 /* mount */, 0), EPERM);
        assert_int_equal(other_abi(&c, call_i386, 102 /* socketcall */, 1), ENOSYS);
        assert_int_equal(other_abi(&c, call_i386, 359 /* socket */, AF_ALG), EAFNOSUPPORT);
        assert_int_equal(other_abi(&c, call_i386, 425 /* io_uring_setup */, 1), EPERM);
    }
    free(c.filter);
}
#endif

static void the_mode_is_read_back(void **state)
{
    struct compiled c = builtin_filter(0, false);
    int ready[2];
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    uint32_t mode = 9, filters = 9;
    assert_int_equal(seccomp_read_mode(proc, getpid(), &mode, &filters), 0);
    uint32_t before = filters;
    int pidfd = -EBADF;
    pid_t pid = process_clone(0, -EBADF, &pidfd);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (credentials_no_new_privs() != 0 || seccomp_install(c.filter, (uint16_t)c.count, 0) != 0)
            _exit(1);
        (void)!write(ready[1], "x", 1);
        (void)pause();
        _exit(0);
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(seccomp_read_mode(proc, pid, &mode, &filters), 0);
    assert_int_equal(mode, 2);
    assert_int_equal(filters, before + 1);
    process_end(pidfd);
    assert_true(seccomp_read_mode(proc, pid, &mode, &filters) < 0);
    const struct sock_filter broken = BPF_JUMP(BPF_JMP | BPF_JA, 7, 0, 0);
    assert_int_equal(seccomp_install(&broken, 1, 0), -EINVAL);
    (void)close(pidfd);
    (void)close(ready[0]);
    (void)close(ready[1]);
    free(c.filter);
}

int main(void)
{
    if (geteuid() != 0) {
        puts("skipped: needs root, to tell the filter's EPERM from the kernel's");
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_calls_fail),
        cmocka_unit_test(ordinary_calls_work),
        cmocka_unit_test(namespaces_are_open_when_asked_for),
#if defined(__x86_64__)
        cmocka_unit_test(other_abis_are_filtered_too),
#endif
        cmocka_unit_test(the_mode_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
