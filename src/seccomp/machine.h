/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Machines that we compile for: which numberings of system calls a process can use there. */
#include "base/ownership.h"

#include <stdint.h>

#define MACHINE_SETS_MAX 3

/* One numbering. x32 shares its AUDIT_ARCH with x86_64 and is told by bit 30 of the number. */
struct machine_set {
    const char *name; /* "SCMP_ARCH_X86_64" */
    uint32_t token;   /* libseccomp's: SCMP_ARCH_X86_64 */
    uint32_t audit;   /* AUDIT_ARCH_*: seccomp_data.arch */
    uint32_t base;    /* of its numbers */
};

struct machine {
    const char *kernel_name;                   /* uname(2): "x86_64" */
    const char *go_name;                       /* "amd64" */
    struct machine_set sets[MACHINE_SETS_MAX]; /* its own first; .name NULL ends */
};

/* By uname's or Go's name; NULL: not one of ours. Static. */
const struct machine *machine_find(const char *name);
