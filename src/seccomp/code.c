/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/code.h"

#include <errno.h>
#include <linux/seccomp.h>

#define REACH 255

static size_t put(struct code *c, struct sock_filter instruction)
{
    if (c->count >= BPF_MAXINSNS)
        c->error = -E2BIG;
    if (c->error == 0)
        c->back[c->count++] = instruction;
    return c->count;
}

/* How many instructions the next one has to jump over to reach the label. */
static size_t distance(const struct code *c, size_t label)
{
    return c->count - label;
}

size_t code_return(struct code *c, uint32_t value)
{
    /* Half the reach: what is shared must still be near when the branch to it is written. */
    for (size_t i = 0; i < CODE_RETURNS_KEPT; i++)
        if (c->returns[i].label != 0 && c->returns[i].value == value &&
            distance(c, c->returns[i].label) < REACH / 2)
            return c->returns[i].label;
    size_t label = put(c, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, value));
    size_t at = c->returns_next++ % CODE_RETURNS_KEPT;
    c->returns[at].value = value;
    c->returns[at].label = label;
    return label;
}

size_t code_load(struct code *c, uint32_t offset, size_t next)
{
    if (next != c->count)
        (void)put(c, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)distance(c, next)));
    return put(c, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

static size_t code_near(struct code *c, size_t label)
{
    if (distance(c, label) + 1 <= REACH) /* one more may come between */
        return label;
    return put(c, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)distance(c, label)));
}

size_t code_branch(struct code *c, uint16_t test, uint32_t value, size_t yes, size_t no)
{
    yes = code_near(c, yes);
    no = code_near(c, no);
    if (c->error != 0)
        return c->count;
    return put(c, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | BPF_K | test), value,
                                               (uint8_t)distance(c, yes), (uint8_t)distance(c, no)));
}

static uint32_t argument_offset(uint8_t index, bool high)
{
    bool first = (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) == high;
    return (uint32_t)(offsetof(struct seccomp_data, args) + index * 8U + (first ? 0U : 4U));
}

static size_t compare_equal(struct code *c, const struct seccomp_argument *a, size_t yes, size_t no)
{
    size_t label = code_branch(c, BPF_JEQ, (uint32_t)a->value, yes, no);
    label = code_load(c, argument_offset(a->index, false), label);
    label = code_branch(c, BPF_JEQ, (uint32_t)(a->value >> 32), label, no);
    return code_load(c, argument_offset(a->index, true), label);
}

/* argument > value, or >= with BPF_JGE for the lower half */
static size_t compare_order(struct code *c, const struct seccomp_argument *a, uint16_t low_test, size_t yes,
                            size_t no)
{
    uint32_t high = (uint32_t)(a->value >> 32);
    size_t label = code_branch(c, low_test, (uint32_t)a->value, yes, no);
    size_t low = code_load(c, argument_offset(a->index, false), label);
    label = code_branch(c, BPF_JEQ, high, low, no);
    label = code_branch(c, BPF_JGT, high, yes, label);
    return code_load(c, argument_offset(a->index, true), label);
}

static size_t compare_half(struct code *c, const struct seccomp_argument *a, bool high, size_t yes, size_t no)
{
    unsigned shift = high ? 32 : 0;
    uint32_t mask = (uint32_t)(a->value >> shift), wanted = (uint32_t)(a->value_two >> shift);
    if (mask == 0 && wanted == 0)
        return yes;
    size_t label = code_branch(c, BPF_JEQ, wanted, yes, no);
    if (mask != UINT32_MAX)
        label = put(c, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
    return code_load(c, argument_offset(a->index, high), label);
}

size_t code_compare(struct code *c, const struct seccomp_argument *a, size_t yes, size_t no)
{
    switch (a->compare) {
    case SECCOMP_EQ:
        return compare_equal(c, a, yes, no);
    case SECCOMP_NE:
        return compare_equal(c, a, no, yes);
    case SECCOMP_GT:
        return compare_order(c, a, BPF_JGT, yes, no);
    case SECCOMP_LE:
        return compare_order(c, a, BPF_JGT, no, yes);
    case SECCOMP_GE:
        return compare_order(c, a, BPF_JGE, yes, no);
    case SECCOMP_LT:
        return compare_order(c, a, BPF_JGE, no, yes);
    case SECCOMP_MASKED_EQ:
        return compare_half(c, a, true, compare_half(c, a, false, yes, no), no);
    }
    c->error = -EINVAL;
    return 0;
}

void code_write(const struct code *c, struct sock_filter *ret_filter)
{
    for (size_t i = 0; i < c->count; i++)
        ret_filter[i] = c->back[c->count - 1 - i];
}
