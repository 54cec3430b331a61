/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled filters, run and compared with what the profile says and with what libseccomp makes of it. */
#include "formats/capability.h"
#include "formats/seccomp_profile.h"
#include "policy/seccomp_default.h"
#include "policy/seccomp_default_rows.h"
#include "run_filter.h"
#include "seccomp/compile.h"
#include "seccomp/number.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cmocka.h>

#define ERRNO(n) (SECCOMP_RET_ERRNO | (n))
#define X32 0x40000000

static struct seccomp_place place = {.architecture = "amd64", .kernel_major = 6, .kernel_minor = 18};

static struct compiled compile_profile(const struct seccomp_profile *p, const char *machine)
{
    struct compiled c = {0};
    autoreport struct report report = {0};
    place.architecture = machine_find(machine)->go_name;
    int error = seccomp_compile(p, machine_find(machine), &place, &report, &c);
    if (error != 0)
        fail_msg("%d: %s", error, report.count ? report.items[0].text : "");
    return c;
}

static struct compiled compile_text(const char *text, const char *machine)
{
    autoreport struct report report = {0};
    autoseccomp struct seccomp_profile p = {0};
    if (seccomp_profile_parse("p", text, strlen(text), &report, &p) != 0)
        fail_msg("%s: %s", report.items[0].place, report.items[0].text);
    return compile_profile(&p, machine);
}

static struct compiled compile_default(uint64_t capabilities, bool userns, const char *machine)
{
    autoseccomp struct seccomp_profile p = {0};
    const struct seccomp_facts facts = {.capabilities = capabilities, .allow_userns = userns};
    assert_int_equal(seccomp_default_make(&facts, &p), 0);
    return compile_profile(&p, machine);
}

struct call {
    uint32_t arch;
    int number;
    uint64_t args[3];
};

static void expect(const struct compiled *c, const struct call *call, uint32_t wanted)
{
    struct seccomp_data data = {.nr = call->number, .arch = call->arch};
    memcpy(data.args, call->args, sizeof(call->args));
    uint32_t got = run_filter(c->filter, c->count, &data);
    if (got != wanted)
        fail_msg("arch %x call %d (%llx %llx): %x, not %x", call->arch, call->number,
                 (unsigned long long)call->args[0], (unsigned long long)call->args[1], got, wanted);
}

#define EXPECT(c, a, n, wanted, ...) expect(&(c), &(struct call){a, n, {__VA_ARGS__}}, wanted)
#define NR64(name) seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, name)
#define NR32(name) seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, name)

static void the_default_refuses(void **state)
{
    struct compiled c = compile_default(0, false, "x86_64");
    static const char *const refused[] = {
        "mount",
        "umount2",
        "pivot_root",
        "fsopen",
        "open_tree",
        "move_mount",
        "mount_setattr",
        "setns",
        "bpf",
        "keyctl",
        "add_key",
        "request_key",
        "userfaultfd",
        "perf_event_open",
        "kexec_load",
        "init_module",
        "io_uring_setup",
        "io_uring_enter",
        "io_uring_register",
        "swapon",
        "reboot",
        "acct",
        "iopl",
        "settimeofday",
        "open_by_handle_at",
        "chroot",
        "syslog",
        "quotactl",
    };
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
        EXPECT(c, AUDIT_ARCH_X86_64, NR64(refused[i]), ERRNO(EPERM));
    static const char *const allowed[] = {"read", "execve", "openat2", "futex",  "ptrace",
                                          "mmap", "fork",   "seccomp", "accept4"};
    for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
        EXPECT(c, AUDIT_ARCH_X86_64, NR64(allowed[i]), SECCOMP_RET_ALLOW);
    EXPECT(c, AUDIT_ARCH_X86_64, 462 /* mseal */, SECCOMP_RET_ALLOW);
    EXPECT(c, AUDIT_ARCH_X86_64, 467 /* open_tree_attr */, ERRNO(EPERM));
    EXPECT(c, AUDIT_ARCH_X86_64, NR64("clone3"), ERRNO(ENOSYS));
    EXPECT(c, AUDIT_ARCH_X86_64, 480, ERRNO(ENOSYS));
    EXPECT(c, AUDIT_ARCH_X86_64, -1, ERRNO(ENOSYS));
    EXPECT(c, AUDIT_ARCH_X86_64, X32 | 0, ERRNO(ENOSYS));
    EXPECT(c, AUDIT_ARCH_X86_64, X32 | NR64("mount"), ERRNO(ENOSYS));
    EXPECT(c, AUDIT_ARCH_AARCH64, 0, SECCOMP_RET_KILL_PROCESS);
    EXPECT(c, AUDIT_ARCH_I386, NR32("mount"), ERRNO(EPERM));
    EXPECT(c, AUDIT_ARCH_I386, NR32("read"), SECCOMP_RET_ALLOW);
    EXPECT(c, AUDIT_ARCH_I386, NR32("keyctl"), ERRNO(EPERM));
    free(c.filter);
}

static void the_default_looks_at_arguments(void **state)
{
    struct compiled c = compile_default(0, false, "x86_64");
    const uint32_t a = AUDIT_ARCH_X86_64;
    const uint64_t garbage = UINT64_C(0xabcd00000000);
    EXPECT(c, a, NR64("ioctl"), SECCOMP_RET_ALLOW, 0, 0x5401);
    EXPECT(c, a, NR64("ioctl"), ERRNO(EPERM), 0, 0x5412);
    EXPECT(c, a, NR64("ioctl"), ERRNO(EPERM), 0, garbage | 0x5412);
    EXPECT(c, a, NR64("ioctl"), ERRNO(EPERM), 0, garbage | 0x541c);
    EXPECT(c, a, NR64("clone"), SECCOMP_RET_ALLOW, 0x1200011);
    EXPECT(c, a, NR64("clone"), SECCOMP_RET_ALLOW, 0x3d0f00);
    static const uint64_t namespaces[] = {CLONE_NEWNS,  CLONE_NEWUTS, CLONE_NEWIPC,   CLONE_NEWUSER,
                                          CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP};
    for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
        EXPECT(c, a, NR64("clone"), ERRNO(EPERM), namespaces[i] | 17);
        EXPECT(c, a, NR64("clone"), ERRNO(EPERM), garbage | namespaces[i]);
        EXPECT(c, a, NR64("unshare"), ERRNO(EPERM), namespaces[i]);
        EXPECT(c, AUDIT_ARCH_I386, NR32("clone"), ERRNO(EPERM), namespaces[i] | 17);
    }
    EXPECT(c, a, NR64("unshare"), ERRNO(EPERM), 0x80);
    EXPECT(c, a, NR64("unshare"), SECCOMP_RET_ALLOW, 0x600);
    EXPECT(c, a, NR64("socket"), SECCOMP_RET_ALLOW, AF_INET6, 1);
    EXPECT(c, a, NR64("socket"), ERRNO(EAFNOSUPPORT), AF_VSOCK, 1);
    EXPECT(c, a, NR64("socket"), ERRNO(EAFNOSUPPORT), garbage | AF_ALG, 1);
    EXPECT(c, a, NR64("socketpair"), ERRNO(EAFNOSUPPORT), AF_ALG, 1);
    EXPECT(c, AUDIT_ARCH_I386, 359, ERRNO(EAFNOSUPPORT), AF_VSOCK);
    EXPECT(c, AUDIT_ARCH_I386, 359, SECCOMP_RET_ALLOW, AF_INET);
    EXPECT(c, AUDIT_ARCH_I386, 102, ERRNO(ENOSYS), 1);
    EXPECT(c, AUDIT_ARCH_I386, 102, SECCOMP_RET_ALLOW, 3);
    EXPECT(c, a, NR64("personality"), SECCOMP_RET_ALLOW, 0xffffffff);
    EXPECT(c, a, NR64("personality"), SECCOMP_RET_ALLOW, 8);
    EXPECT(c, a, NR64("personality"), ERRNO(EPERM), 0x40000);
    free(c.filter);
}

static void capabilities_open_what_they_stand_for(void **state)
{
    static const struct {
        const char *call;
        int capability;
    } rows[] = {
        {"mount", CAP_SYS_ADMIN},
        {"fsopen", CAP_SYS_ADMIN},
        {"setns", CAP_SYS_ADMIN},
        {"clone3", CAP_SYS_ADMIN},
        {"bpf", CAP_BPF},
        {"bpf", CAP_SYS_ADMIN},
        {"perf_event_open", CAP_PERFMON},
        {"chroot", CAP_SYS_CHROOT},
        {"reboot", CAP_SYS_BOOT},
        {"syslog", CAP_SYSLOG},
        {"iopl", CAP_SYS_RAWIO},
        {"vhangup", CAP_SYS_TTY_CONFIG},
        {"mbind", CAP_SYS_NICE},
        {"acct", CAP_SYS_PACCT},
        {"kcmp", CAP_SYS_PTRACE},
        {"open_by_handle_at", CAP_DAC_READ_SEARCH},
        {"clock_settime", CAP_SYS_TIME},
        {"init_module", CAP_SYS_MODULE},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct compiled c = compile_default(CAPABILITY_BIT(rows[i].capability), false, "x86_64");
        EXPECT(c, AUDIT_ARCH_X86_64, NR64(rows[i].call), SECCOMP_RET_ALLOW);
        free(c.filter);
        assert_true(seccomp_default_capabilities() & CAPABILITY_BIT(rows[i].capability));
        c = compile_default(CAPABILITY_BIT(CAP_NET_ADMIN), false, "x86_64");
        EXPECT(c, AUDIT_ARCH_X86_64, NR64(rows[i].call),
               ERRNO(streq(rows[i].call, "clone3") ? ENOSYS : EPERM));
        free(c.filter);
    }
    struct compiled c = compile_default(CAPABILITY_ALL, true, "x86_64");
    static const char *const never[] = {"keyctl", "userfaultfd", "io_uring_setup", "kexec_load", "swapon"};
    for (size_t i = 0; i < ARRAY_SIZE(never); i++)
        EXPECT(c, AUDIT_ARCH_X86_64, NR64(never[i]), ERRNO(EPERM));
    EXPECT(c, AUDIT_ARCH_X86_64, NR64("ioctl"), ERRNO(EPERM), 0, 0x5412);
    EXPECT(c, AUDIT_ARCH_X86_64, NR64("clone"), SECCOMP_RET_ALLOW, CLONE_NEWUSER);
    free(c.filter);
    c = compile_default(0, true, "x86_64");
    EXPECT(c, AUDIT_ARCH_X86_64, NR64("unshare"), SECCOMP_RET_ALLOW, CLONE_NEWUSER);
    EXPECT(c, AUDIT_ARCH_X86_64, NR64("mount"), SECCOMP_RET_ALLOW);
    EXPECT(c, AUDIT_ARCH_X86_64, NR64("fsopen"), ERRNO(EPERM));
    free(c.filter);
}

static void other_machines(void **state)
{
    struct compiled c = compile_default(0, false, "aarch64");
    EXPECT(c, AUDIT_ARCH_AARCH64, 40 /* mount */, ERRNO(EPERM));
    EXPECT(c, AUDIT_ARCH_AARCH64, 63 /* read */, SECCOMP_RET_ALLOW);
    EXPECT(c, AUDIT_ARCH_ARM, 3 /* read */, SECCOMP_RET_ALLOW);
    EXPECT(c, AUDIT_ARCH_ARM, 0xf0005 /* set_tls */, SECCOMP_RET_ALLOW);
    EXPECT(c, AUDIT_ARCH_X86_64, 0, SECCOMP_RET_KILL_PROCESS);
    free(c.filter);
    c = compile_default(0, false, "riscv64");
    EXPECT(c, AUDIT_ARCH_RISCV64, 63, SECCOMP_RET_ALLOW);
    EXPECT(c, AUDIT_ARCH_RISCV64, 40, ERRNO(EPERM));
    free(c.filter);
}

/* Every call of every table is in the rows or among the refused ones, and in one of them only. */
static void every_call_is_decided_on_purpose(void **state)
{
    static const uint32_t sets[] = {SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_AARCH64, SCMP_ARCH_ARM,
                                    SCMP_ARCH_RISCV64};
    autoseccomp struct seccomp_profile all = {0};
    const struct seccomp_facts facts = {.capabilities = CAPABILITY_ALL, .allow_userns = true};
    assert_int_equal(seccomp_default_make(&facts, &all), 0);
    for (size_t s = 0; s < ARRAY_SIZE(sets); s++)
        for (int n = 0; n < 1000; n++) {
            char *name = seccomp_syscall_resolve_num_arch(sets[s], n);
            if (!name)
                continue;
            char padded[1200], word[80];
            snprintf(padded, sizeof(padded), " %s ", seccomp_default_refused);
            snprintf(word, sizeof(word), " %s ", name);
            bool refused = strstr(padded, word) != NULL, listed = false;
            for (size_t i = 0; i < all.rule_count; i++)
                listed = listed || strings_contain(&all.rules[i].names, name);
            if (refused == listed)
                fail_msg("%s is %s", name, listed ? "in both lists" : "in neither list");
            free(name);
        }
    assert_true(strlen(seccomp_default_refused) < 1100);
    for (size_t i = 0; i < all.rule_count; i++)
        for (size_t n = 0; n < all.rules[i].names.count; n++)
            if (!call_is_known(all.rules[i].names.items[n]))
                fail_msg("%s is no call", all.rules[i].names.items[n]);
}

static void comparisons_come_before_the_rest(void **state)
{
    struct compiled c = compile_text(
        "{\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\",\"syscalls\":["
        "{\"names\":[\"ioctl\",\"read\"],\"action\":\"SCMP_ACT_ALLOW\"},"
        "{\"names\":[\"ioctl\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":5,\"args\":[{\"index\":"
        "1,\"value\":21522,\"op\":\"SCMP_CMP_EQ\"}]}]}",
        "x86_64");
    EXPECT(c, AUDIT_ARCH_X86_64, NR64("ioctl"), ERRNO(5), 0, 21522);
    EXPECT(c, AUDIT_ARCH_X86_64, NR64("ioctl"), SECCOMP_RET_ALLOW, 0, 1);
    EXPECT(c, AUDIT_ARCH_X86_64, 999, SECCOMP_RET_KILL_PROCESS); /* only an errno default turns into ENOSYS */
    EXPECT(c, AUDIT_ARCH_I386, 3, SECCOMP_RET_KILL_PROCESS);
    free(c.filter);
}

static void numberings_are_told_apart(void **state)
{
    struct compiled c =
        compile_text("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\","
                     "\"SCMP_ARCH_X32\",\"SCMP_ARCH_X86\"],\"syscalls\":[{\"names\":[\"read\",\"getuid\"],"
                     "\"action\":\"SCMP_ACT_ALLOW\"},{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_LOG\"}]}",
                     "x86_64");
    EXPECT(c, AUDIT_ARCH_X86_64, 0, SECCOMP_RET_ALLOW);
    EXPECT(c, AUDIT_ARCH_X86_64, 1, ERRNO(EPERM));
    EXPECT(c, AUDIT_ARCH_X86_64, 102, SECCOMP_RET_ALLOW);
    EXPECT(c, AUDIT_ARCH_X86_64, 103, ERRNO(ENOSYS));
    EXPECT(c, AUDIT_ARCH_X86_64, 0x3fffffff, ERRNO(ENOSYS));
    EXPECT(c, AUDIT_ARCH_X86_64, X32, SECCOMP_RET_ALLOW);
    EXPECT(c, AUDIT_ARCH_X86_64, X32 + 1, ERRNO(EPERM));
    EXPECT(c, AUDIT_ARCH_X86_64, X32 + 103, ERRNO(ENOSYS));
    EXPECT(c, AUDIT_ARCH_I386, 24, SECCOMP_RET_ALLOW);
    EXPECT(c, AUDIT_ARCH_I386, 359, SECCOMP_RET_LOG);
    EXPECT(c, AUDIT_ARCH_I386, 102, SECCOMP_RET_LOG, 1);
    EXPECT(c, AUDIT_ARCH_I386, 102, ERRNO(EPERM), 2);
    free(c.filter);
}

static void conditions_are_decided(void **state)
{
    const char *text =
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
        "{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":\"6.18\"}},"
        "{\"names\":[\"write\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":\"6.19\"}},"
        "{\"names\":[\"open\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"arches\":[\"arm64\"]}},"
        "{\"names\":[\"close\"],\"action\":\"SCMP_ACT_ALLOW\",\"excludes\":{\"arches\":[\"amd64\"]}},"
        "{\"names\":[\"stat\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\","
        "\"CAP_SYS_BOOT\"]}},"
        "{\"names\":[\"fstat\"],\"action\":\"SCMP_ACT_ALLOW\",\"excludes\":{\"caps\":[\"CAP_SYS_BOOT\"]}},"
        "{\"names\":[\"poll\"],\"action\":\"SCMP_ACT_ALLOW\"}]}";
    const uint32_t a = AUDIT_ARCH_X86_64;
    place.capabilities = CAPABILITY_BIT(CAP_SYS_ADMIN);
    struct compiled c = compile_text(text, "x86_64");
    EXPECT(c, a, 0, SECCOMP_RET_ALLOW);
    EXPECT(c, a, 1, ERRNO(EPERM));
    EXPECT(c, a, 2, ERRNO(EPERM));
    EXPECT(c, a, 3, ERRNO(EPERM));
    EXPECT(c, a, 4, ERRNO(EPERM));
    EXPECT(c, a, 5, SECCOMP_RET_ALLOW);
    free(c.filter);
    place.capabilities |= CAPABILITY_BIT(CAP_SYS_BOOT);
    c = compile_text(text, "x86_64");
    EXPECT(c, a, 4, SECCOMP_RET_ALLOW);
    EXPECT(c, a, 5, ERRNO(EPERM));
    free(c.filter);
    place.capabilities = 0;
}

/* podman's own profile allows setns, and denies it in a later rule. */
static void the_first_rule_counts(void **state)
{
    struct compiled c =
        compile_text("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
                     "{\"names\":[\"setns\"],\"action\":\"SCMP_ACT_ALLOW\"},"
                     "{\"names\":[\"setns\",\"umount2\"],\"action\":\"SCMP_ACT_KILL_PROCESS\"},"
                     "{\"names\":[\"umount2\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
                     "x86_64");
    uint32_t a = AUDIT_ARCH_X86_64;
    EXPECT(c, a, 308, SECCOMP_RET_ALLOW);
    EXPECT(c, a, 166, SECCOMP_RET_KILL_PROCESS);
    free(c.filter);
}

static uint32_t flags_of(enum seccomp_action action, const char *flag)
{
    autoseccomp struct seccomp_profile p = {.default_action = SECCOMP_ALLOW};
    struct seccomp_rule *rule = seccomp_profile_add_rule(&p);
    assert_non_null(rule);
    rule->action = action;
    assert_int_equal(strings_add(&rule->names, "mkdir"), 0);
    assert_int_equal(flag ? strings_add(&p.flags, flag) : 0, 0);
    struct compiled done = compile_profile(&p, "x86_64");
    assert_int_equal(done.notifies, action == SECCOMP_NOTIFY);
    free(done.filter);
    return done.flags;
}

static void a_listener_changes_the_flags(void **state)
{
    const uint32_t killable = 1U << 5;
    assert_int_equal(flags_of(SECCOMP_NOTIFY, NULL), SECCOMP_FILTER_FLAG_NEW_LISTENER);
    assert_int_equal(flags_of(SECCOMP_NOTIFY, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"),
                     SECCOMP_FILTER_FLAG_NEW_LISTENER | killable);
    assert_int_equal(flags_of(SECCOMP_NOTIFY, "SECCOMP_FILTER_FLAG_TSYNC"),
                     SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC |
                         SECCOMP_FILTER_FLAG_TSYNC_ESRCH);
    assert_int_equal(flags_of(SECCOMP_ERRNO, "SECCOMP_FILTER_FLAG_TSYNC"), SECCOMP_FILTER_FLAG_TSYNC);
    assert_int_equal(flags_of(SECCOMP_ERRNO, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"), 0);
}

static void what_cannot_be_kept_is_refused(void **state)
{
    static const struct {
        const char *text, *part;
    } rows[] = {
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mounnt\"],\"action\":\"SCMP_ACT_"
         "ERRNO\"}]}",
         "no system call of this name"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autoreport struct report report = {0};
        autoseccomp struct seccomp_profile p = {0};
        struct compiled c = {0};
        assert_int_equal(seccomp_profile_parse("p", rows[i].text, strlen(rows[i].text), &report, &p), 0);
        assert_int_equal(seccomp_compile(&p, machine_find("x86_64"), &place, &report, &c), -EINVAL);
        assert_non_null(strstr(report.items[0].text, rows[i].part));
    }
}

/* --- the same decisions as libseccomp's --- */

static uint64_t seed = 88172645463325252U;

static uint64_t next_random(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

static const uint64_t values[] = {0,           1,           2,          40,         0x5412,    0xffffffff,
                                  0x100000000, 0x100000001, 0x7e020000, UINT64_MAX, 1ULL << 63};

static enum scmp_compare compare_of(enum seccomp_compare c)
{
    static const enum scmp_compare table[] = {SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE,       SCMP_CMP_EQ,
                                              SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_MASKED_EQ};
    return table[c];
}

/* One rule with or without comparisons for one call: to libseccomp and to us. */
static void add_random_rule(scmp_filter_ctx ctx, struct seccomp_profile *p, const char *name, int number,
                            uint32_t action)
{
    struct scmp_arg_cmp theirs[2];
    struct seccomp_rule *rule = seccomp_profile_add_rule(p);
    assert_non_null(rule);
    rule->action = action == SCMP_ACT_ALLOW ? SECCOMP_ALLOW
                   : action == SCMP_ACT_LOG ? SECCOMP_LOG
                                            : SECCOMP_ERRNO;
    rule->data = 77;
    assert_int_equal(strings_add(&rule->names, name), 0);
    rule->argument_count = next_random(3);
    for (size_t i = 0; i < rule->argument_count; i++) {
        struct seccomp_argument a = {.index = (uint8_t)(i * 2 + next_random(2)),
                                     .compare = (enum seccomp_compare)next_random(7),
                                     .value = values[next_random(ARRAY_SIZE(values))],
                                     .value_two = values[next_random(ARRAY_SIZE(values))]};
        if (a.compare == SECCOMP_MASKED_EQ)
            a.value_two &= a.value; /* else nothing matches, and libseccomp masks the value itself */
        else
            a.value_two = 0;
        rule->arguments[i] = a;
        theirs[i] = (struct scmp_arg_cmp){a.index, compare_of(a.compare), a.value, a.value_two};
    }
    assert_int_equal(
        seccomp_rule_add_exact_array(ctx, action, number, (unsigned)rule->argument_count, theirs), 0);
}

static size_t export_filter(scmp_filter_ctx ctx, struct sock_filter *ret_filter)
{
    int fd = memfd_create("bpf", MFD_CLOEXEC);
    assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
    ssize_t n = pread(fd, ret_filter, BPF_MAXINSNS * sizeof(*ret_filter), 0);
    close(fd);
    assert_true(n > 0);
    return (size_t)n / sizeof(*ret_filter);
}

static void compare_all(const struct compiled *ours, const struct sock_filter *theirs, size_t count)
{
    for (int n = 0; n < 3000; n++) {
        struct seccomp_data data = {.nr = n < 470 ? n : (int)next_random(470), .arch = AUDIT_ARCH_X86_64};
        for (size_t i = 0; i < 6; i++)
            data.args[i] = values[next_random(ARRAY_SIZE(values))];
        uint32_t a = run_filter(ours->filter, ours->count, &data), b = run_filter(theirs, count, &data);
        if (a != b)
            fail_msg("call %d: %x, libseccomp %x", data.nr, a, b);
    }
}

static void the_same_as_libseccomp(void **state)
{
    static struct sock_filter theirs[BPF_MAXINSNS];
    static const uint32_t actions[] = {SCMP_ACT_LOG, SCMP_ACT_ERRNO(77), SCMP_ACT_ALLOW};
    for (int round = 0; round < 60; round++) {
        scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
        autoseccomp struct seccomp_profile p = {.default_action = SECCOMP_KILL_PROCESS};
        bool used[470] = {false};
        for (uint64_t r = 0, count = 1 + next_random(60); r < count; r++) {
            int number = (int)next_random(330);
            char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, number);
            if (name && !used[number])
                add_random_rule(ctx, &p, name, number, actions[next_random(3)]);
            used[number] = true; /* two rules for a call: the order of theirs is their own */
            free(name);
        }
        size_t count = export_filter(ctx, theirs);
        struct compiled ours = compile_profile(&p, "x86_64");
        compare_all(&ours, theirs, count);
        free(ours.filter);
        seccomp_release(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_refuses),
        cmocka_unit_test(the_default_looks_at_arguments),
        cmocka_unit_test(capabilities_open_what_they_stand_for),
        cmocka_unit_test(other_machines),
        cmocka_unit_test(every_call_is_decided_on_purpose),
        cmocka_unit_test(comparisons_come_before_the_rest),
        cmocka_unit_test(numberings_are_told_apart),
        cmocka_unit_test(conditions_are_decided),
        cmocka_unit_test(the_first_rule_counts),
        cmocka_unit_test(what_cannot_be_kept_is_refused),
        cmocka_unit_test(a_listener_changes_the_flags),
        cmocka_unit_test(the_same_as_libseccomp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
