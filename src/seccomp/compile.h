/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Profile -> instructions.
 *
 * A program begins with the architecture, the machine's own first. Each one is a balanced tree over ranges of
 * numbers that share a decision (about 8 comparisons for 450 calls; loading costs by the instruction); its
 * leaves are returns or the comparisons of one call. An architecture outside the profile is killed. Numbers
 * above the largest that the profile names are ENOSYS when the default is another errno: what is newer than
 * the profile looks like an older kernel (docker and runc do the same since glibc's clone3). */
#include "base/report.h"
#include "formats/seccomp_profile.h"
#include "policy/seccomp_condition.h"
#include "seccomp/machine.h"

#include <linux/filter.h>

struct compiled {
    struct sock_filter *filter; /* the caller frees it */
    uint32_t count;
    uint32_t flags; /* SECCOMP_FILTER_FLAG_*; NEW_LISTENER when it notifies */
    bool notifies;  /* a rule asks for a listener */
};

/* `place` names the profile in findings ("web.json: "). -EINVAL with findings, -E2BIG when it is more than
 * the kernel's 4096 instructions (with a finding), -ENOMEM. */
int seccomp_compile(const struct seccomp_profile *profile, const struct machine *machine,
                    const struct seccomp_place *where, struct report *report,
                    struct compiled *ret_compiled) must_check;
