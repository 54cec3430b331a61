/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Names of system calls to numbers: libseccomp's tables and what is newer than they are. */
#include "seccomp/machine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALL_NUMBERS_MAX 2

/* i386 has most socket and System V calls twice: by their own number, and as one of socketcall(2) or ipc(2),
 * told by the first argument. */
struct call_number {
    uint32_t number;
    bool multiplexed;
    uint32_t selector, selector_mask; /* first argument, when multiplexed */
};

/* Numbers of a call in one set; how many were found (0: the set has no such call). */
size_t call_find_numbers(const struct machine_set *set, const char *name,
                         struct call_number ret_numbers[CALL_NUMBERS_MAX]);
/* True when any set of any of our machines knows it. */
bool call_is_known(const char *name);
