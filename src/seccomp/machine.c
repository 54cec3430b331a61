/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/machine.h"

#include "base/strings.h"

#include <linux/audit.h>
#include <seccomp.h>

#define X32_BASE 0x40000000U

static const struct machine machines[] = {
    {"x86_64",
     "amd64",
     {{"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, 0},
      {"SCMP_ARCH_X86", SCMP_ARCH_X86, AUDIT_ARCH_I386, 0},
      {"SCMP_ARCH_X32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64, X32_BASE}}},
    {"aarch64",
     "arm64",
     {{"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64, 0},
      {"SCMP_ARCH_ARM", SCMP_ARCH_ARM, AUDIT_ARCH_ARM, 0}}},
    {"riscv64", "riscv64", {{"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64, AUDIT_ARCH_RISCV64, 0}}},
};

const struct machine *machine_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
        if (streq(machines[i].kernel_name, name) || streq(machines[i].go_name, name))
            return &machines[i];
    return NULL;
}
