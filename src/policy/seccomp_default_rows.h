/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The rows of the default policy: facts about system calls, no code. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum seccomp_row_when {
    SECCOMP_ROW_ALWAYS,
    SECCOMP_ROW_WITH,    /* one of the capabilities is granted (or namespaces were asked for) */
    SECCOMP_ROW_WITHOUT, /* none of them is */
};

struct seccomp_default_row {
    const char *names; /* separated by spaces */
    int error;         /* 0: allowed; else the call fails with it */
    enum seccomp_row_when when;
    uint64_t with; /* capabilities, for `when` */
    bool userns;   /* for `when`: counts as granted when namespaces inside were asked for */
    /* Only when (argument & mask) == equals; 0: whatever the arguments. Masks end at bit 31 where the kernel
     * reads an int: a comparison of all 64 bits is passed by by setting a high one (CVE-2019-10063). */
    uint8_t index;
    uint64_t mask, equals;
};

extern const struct seccomp_default_row seccomp_default_rows[];
extern const size_t seccomp_default_row_count;

/* Every other call that the tables know: refused on purpose. A test holds the two lists against libseccomp's
 * tables. */
extern const char *const seccomp_default_refused;
