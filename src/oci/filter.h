/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* linux.seccomp as a filter: compiled by unroot-seccomp, as nobody, and kept by its digest. */
#include "oci/bundle.h"

/* Puts the filter of the bundle's configuration into the process; nothing without linux.seccomp. */
int filter_get(struct runtime *rt, const struct bundle *b, struct process_plan *process,
               struct failure *failure) must_check;
