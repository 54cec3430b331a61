/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/call_filter.h"

#include "kernel/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#else
#error "the seccomp filter needs this architecture's name"
#endif

#define LOAD_NUMBER offsetof(struct seccomp_data, nr)

static void add(struct call_filter *f, struct sock_filter instruction)
{
    if (f->count == CALL_FILTER_MAX)
        f->error = -E2BIG;
    else
        f->code[f->count++] = instruction;
}

static void load(struct call_filter *f, size_t offset)
{
    add(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void jump_equal(struct call_filter *f, uint32_t value, uint8_t when_true, uint8_t when_false)
{
    add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, when_true, when_false));
}

static void decide(struct call_filter *f, uint32_t value)
{
    add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, value));
}

static size_t argument_offset(uint8_t argument)
{
    size_t low = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0;
    return offsetof(struct seccomp_data, args) + argument * 8U + low;
}

void call_filter_begin(struct call_filter *f)
{
    *f = (struct call_filter){.count = 0};
    load(f, offsetof(struct seccomp_data, arch));
    jump_equal(f, OWN_ARCH, 1, 0);
    decide(f, SECCOMP_RET_KILL_PROCESS);
    load(f, LOAD_NUMBER);
}

static void answer_calls(struct call_filter *f, const int *calls, size_t count, uint32_t answer)
{
    for (size_t i = 0; i < count; i++) {
        jump_equal(f, (uint32_t)calls[i], 0, 1);
        decide(f, answer);
    }
}

void call_filter_allow(struct call_filter *f, const int *calls, size_t count)
{
    answer_calls(f, calls, count, SECCOMP_RET_ALLOW);
}

void call_filter_kill(struct call_filter *f, const int *calls, size_t count)
{
    answer_calls(f, calls, count, SECCOMP_RET_KILL_PROCESS);
}

void call_filter_refuse(struct call_filter *f, int call, int error_number)
{
    answer_calls(f, &call, 1, SECCOMP_RET_ERRNO | (uint32_t)error_number);
}

void call_filter_allow_when(struct call_filter *f, int call, const struct call_condition *condition)
{
    jump_equal(f, (uint32_t)call, 0, 5);
    load(f, argument_offset(condition->argument));
    add(f, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, condition->mask));
    jump_equal(f, condition->value, 0, 1);
    decide(f, SECCOMP_RET_ALLOW);
    load(f, LOAD_NUMBER);
}

int call_filter_install(struct call_filter *f)
{
    decide(f, SECCOMP_RET_ERRNO | EPERM);
    return f->error < 0 ? f->error : seccomp_install(f->code, f->count, 0);
}
