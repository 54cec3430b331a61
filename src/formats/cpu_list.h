/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* cpuset(7) "List format": "0-3,7". For processors and memory nodes. */
#include "base/ownership.h"

#include <stddef.h>
#include <stdint.h>

#define CPU_LIST_MAX 8192 /* numbers below this: NR_CPUS_MAX of the kernel */
#define CPU_LIST_WORDS (CPU_LIST_MAX / 64)

/* Sets bit n % 64 of ret_bits[n / 64] for each listed n. Blanks are allowed around commas; an empty list has
 * no bit. -EINVAL: no such list, a range that goes down; -ERANGE: CPU_LIST_MAX or more. ret_bits may be NULL.
 */
int cpu_list_parse(const char *text, uint64_t ret_bits[CPU_LIST_WORDS]) must_check;
