/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* CVE-2019-5736: what runs in a container for a moment is this program, and /proc/PID/exe leads to its file.
 * Ids of a container's own cannot write that. Where a policy lets a container have ids that can, the program
 * goes on as a sealed copy in memory, which nobody can write: memfd_create(2), "File sealing". */
#include "oci/container.h"
#include "policy/oci_policy.h"

/* Before anything is made: executes this command anew from a sealed copy, and does not return then. 0: not
 * needed, or it is one already. */
int sealed_before_create(const struct runtime *rt, const struct oci_decision *decision,
                         struct failure *failure) must_check;
int sealed_before_exec(const struct runtime *rt, const struct record *record,
                       struct failure *failure) must_check;
