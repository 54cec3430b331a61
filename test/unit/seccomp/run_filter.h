/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Runs a filter as the kernel does, in the few instructions that filters here and libseccomp's are made of.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FILTER_BROKEN UINT32_C(0xdeadbeef)

static inline uint32_t filter_alu(const struct sock_filter *i, uint32_t a)
{
    return BPF_OP(i->code) == BPF_AND ? a & i->k : FILTER_BROKEN;
}

static inline int filter_test(const struct sock_filter *i, uint32_t a)
{
    switch (BPF_OP(i->code)) {
    case BPF_JEQ:
        return a == i->k;
    case BPF_JGT:
        return a > i->k;
    case BPF_JGE:
        return a >= i->k;
    default:
        return (a & i->k) != 0; /* BPF_JSET */
    }
}

/* SECCOMP_RET_*, or FILTER_BROKEN for a program that leaves its end or uses what it should not. */
static inline uint32_t run_filter(const struct sock_filter *filter, size_t count,
                                  const struct seccomp_data *data)
{
    uint32_t a = 0;
    for (size_t at = 0; at < count; at++) {
        const struct sock_filter *i = &filter[at];
        switch (BPF_CLASS(i->code)) {
        case BPF_RET:
            return i->k;
        case BPF_LD:
            if (i->code != (BPF_LD | BPF_W | BPF_ABS) || i->k > sizeof(*data) - 4 || i->k % 4 != 0)
                return FILTER_BROKEN;
            memcpy(&a, (const char *)data + i->k, 4);
            break;
        case BPF_ALU:
            a = filter_alu(i, a);
            break;
        case BPF_JMP:
            at += BPF_OP(i->code) == BPF_JA ? i->k : filter_test(i, a) ? i->jt : i->jf;
            break;
        default:
            return FILTER_BROKEN;
        }
    }
    return FILTER_BROKEN;
}
