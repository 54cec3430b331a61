/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/number.h"

#include "base/strings.h"

#include <seccomp.h>

/* Since Linux 5.1 a new call has the same number everywhere. */
static const struct {
    const char *name;
    uint32_t number;
} newer_calls[] = {
    {"map_shadow_stack", 453}, {"futex_wake", 454},    {"futex_wait", 455},        {"futex_requeue", 456},
    {"statmount", 457},        {"listmount", 458},     {"lsm_get_self_attr", 459}, {"lsm_set_self_attr", 460},
    {"lsm_list_modules", 461}, {"mseal", 462},         {"setxattrat", 463},        {"getxattrat", 464},
    {"listxattrat", 465},      {"removexattrat", 466}, {"open_tree_attr", 467},    {"file_getattr", 468},
    {"file_setattr", 469},     {"listns", 470},
};

/* arch/x86/entry/syscalls/syscall_32.tbl: the direct ones of Linux 4.3 and 5.1. */
static const struct {
    const char *name;
    uint32_t number;
} i386_direct_calls[] = {
    {"socket", 359},  {"socketpair", 360}, {"bind", 361},       {"connect", 362},     {"listen", 363},
    {"accept4", 364}, {"getsockopt", 365}, {"setsockopt", 366}, {"getsockname", 367}, {"getpeername", 368},
    {"sendto", 369},  {"sendmsg", 370},    {"recvfrom", 371},   {"recvmsg", 372},     {"shutdown", 373},
    {"semget", 393},  {"semctl", 394},     {"shmget", 395},     {"shmctl", 396},      {"shmat", 397},
    {"shmdt", 398},   {"msgget", 399},     {"msgsnd", 400},     {"msgrcv", 401},      {"msgctl", 402},
};

#define I386_SOCKETCALL 102
#define I386_IPC 117

/* Newer ones of a single machine. */
static const struct {
    uint32_t token;
    const char *name;
    uint32_t number;
} machine_calls[] = {
    {SCMP_ARCH_X86_64, "uretprobe", 335},
    {SCMP_ARCH_X86_64, "uprobe", 336},
    {SCMP_ARCH_RISCV64, "riscv_hwprobe", 258},
};

static size_t find_newer(const struct machine_set *set, const char *name, struct call_number *ret_number)
{
    for (size_t i = 0; i < ARRAY_SIZE(newer_calls); i++)
        if (streq(newer_calls[i].name, name)) {
            *ret_number = (struct call_number){.number = set->base + newer_calls[i].number};
            return 1;
        }
    for (size_t i = 0; i < ARRAY_SIZE(machine_calls); i++)
        if (machine_calls[i].token == set->token && streq(machine_calls[i].name, name)) {
            *ret_number = (struct call_number){.number = machine_calls[i].number};
            return 1;
        }
    return 0;
}

/* libseccomp tells them by negative numbers: -(100 + n) is socketcall n, -(200 + n) ipc n (ipc(2): the lower
 * half). */
static size_t find_multiplexed(int known, const char *name, struct call_number ret_numbers[CALL_NUMBERS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(i386_direct_calls); i++)
        if (streq(i386_direct_calls[i].name, name))
            ret_numbers[count++] = (struct call_number){.number = i386_direct_calls[i].number};
    if (known <= -101 && known >= -120)
        ret_numbers[count++] = (struct call_number){.number = I386_SOCKETCALL,
                                                    .multiplexed = true,
                                                    .selector = (uint32_t)(-known - 100),
                                                    .selector_mask = UINT32_MAX};
    else if (known <= -201 && known >= -224)
        ret_numbers[count++] = (struct call_number){.number = I386_IPC,
                                                    .multiplexed = true,
                                                    .selector = (uint32_t)(-known - 200),
                                                    .selector_mask = UINT16_MAX};
    return count;
}

size_t call_find_numbers(const struct machine_set *set, const char *name,
                         struct call_number ret_numbers[CALL_NUMBERS_MAX])
{
    int known = seccomp_syscall_resolve_name_arch(set->token, name);
    if (known >= 0) {
        ret_numbers[0] = (struct call_number){.number = (uint32_t)known};
        return 1;
    }
    if (set->token == SCMP_ARCH_X86 && known < -1) {
        size_t count = find_multiplexed(known, name, ret_numbers);
        if (count > 0)
            return count;
    }
    return find_newer(set, name, ret_numbers);
}

bool call_is_known(const char *name)
{
    static const char *const machines[] = {"x86_64", "aarch64", "riscv64"};
    struct call_number numbers[CALL_NUMBERS_MAX];
    for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
        const struct machine *m = machine_find(machines[i]);
        for (size_t s = 0; s < MACHINE_SETS_MAX && m->sets[s].name; s++)
            if (call_find_numbers(&m->sets[s], name, numbers) > 0)
                return true;
    }
    /* Calls of machines that are not ours (s390_pci_mmio_read) have pseudo numbers. */
    return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;
}
