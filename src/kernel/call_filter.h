/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Short seccomp filters of our own programs: what is not allowed is refused with EPERM (a library may try
 * something and go on without it); another architecture's calls end the process. For profiles of containers
 * see seccomp/. */
#include "base/ownership.h"

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#define CALL_FILTER_MAX 320

struct call_filter {
    struct sock_filter code[CALL_FILTER_MAX];
    uint16_t count;
    int error; /* -E2BIG once there was no room */
};

/* The low 32 bits of an argument, masked, are `value`. */
struct call_condition {
    uint8_t argument; /* 0..5 */
    uint32_t mask, value;
};

void call_filter_begin(struct call_filter *f);
void call_filter_allow(struct call_filter *f, const int *calls, size_t count);
/* Several conditions for one call: any of them is enough. */
void call_filter_allow_when(struct call_filter *f, int call, const struct call_condition *condition);
/* What was not allowed above. */
void call_filter_refuse(struct call_filter *f, int call, int error_number);
void call_filter_kill(struct call_filter *f, const int *calls, size_t count);
/* For the calling thread; needs no_new_privs. 0 or negative errno. */
int call_filter_install(struct call_filter *f) must_check;
