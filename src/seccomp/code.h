/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Instructions, written from the last to the first: every target of a jump is known when the jump is written.
 * A label is the number of instructions that stood when its own was written. */
#include "formats/seccomp_profile.h"

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#define CODE_RETURNS_KEPT 16

struct code {
    struct sock_filter back[BPF_MAXINSNS]; /* back[0] is the last instruction */
    size_t count;
    int error; /* -E2BIG once it is too long; later writes do nothing */
    struct {
        uint32_t value;
        size_t label;
    } returns[CODE_RETURNS_KEPT]; /* the newest returns, to be shared by jumps that reach them */
    size_t returns_next;
};

/* Each returns the label of what was written. */
size_t code_return(struct code *c, uint32_t value);
/* Loads a word of struct seccomp_data and goes on at `next`. */
size_t code_load(struct code *c, uint32_t offset, size_t next);
/* `test` is BPF_JEQ, BPF_JGT or BPF_JGE of the accumulator with `value`; longer ways than a jump reaches get
 * a BPF_JA. */
size_t code_branch(struct code *c, uint16_t test, uint32_t value, size_t yes, size_t no);
/* Compares argument `a` and goes to `yes` or `no`; the accumulator is lost. */
size_t code_compare(struct code *c, const struct seccomp_argument *a, size_t yes, size_t no);
/* The instructions in their order; `ret_filter` has room for c->count. */
void code_write(const struct code *c, struct sock_filter *ret_filter);
