/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The builtin profile as compiled by `unroot-seccomp --table` when unroot was built. */
#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

struct seccomp_builtin {
    uint64_t capabilities; /* those that the profile depends on and that are granted */
    const struct sock_filter *filter;
    uint16_t count;
    uint32_t flags;
};

extern const struct seccomp_builtin seccomp_builtins[];
extern const size_t seccomp_builtin_count;
