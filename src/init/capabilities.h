/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* capabilities(7) through the raw calls. All functions: 0 or -errno. */
#include <stdint.h>

struct capability_sets {
    uint64_t effective, permitted, inheritable;
};

int capabilities_read(struct capability_sets *ret_sets) __attribute__((warn_unused_result));
/* Effective and permitted become what they share with `mask`, inheritable becomes empty. */
int capabilities_keep(uint64_t mask) __attribute__((warn_unused_result));
/* Without CAP_SETPCAP nothing is done and 0 returned: see drop_run(). */
int capabilities_empty_bounding(void) __attribute__((warn_unused_result));
int capabilities_empty_ambient(void) __attribute__((warn_unused_result));
/* NOROOT, NO_SETUID_FIXUP and NO_CAP_AMBIENT_RAISE on, KEEP_CAPS off, all four locked. As above without
 * CAP_SETPCAP. */
int capabilities_lock_securebits(void) __attribute__((warn_unused_result));
