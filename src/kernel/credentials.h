/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Ids, capability sets and what locks them. credentials(7), capabilities(7). All: 0 or negative errno. */
#include "base/ownership.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct capability_sets {
    uint64_t effective, permitted, inheritable;
};

/* The highest capability this kernel knows; from prctl(PR_CAPBSET_READ). */
int credentials_last_capability(void) must_check;
int credentials_get_capabilities(struct capability_sets *ret_sets) must_check;
int credentials_set_capabilities(const struct capability_sets *sets) must_check;
/* Drops everything outside `keep` from the bounding set. */
int credentials_limit_bounding(uint64_t keep) must_check;
/* Exactly these become ambient; they must be permitted and inheritable already. */
int credentials_set_ambient(uint64_t set) must_check;
/* Real, effective, saved and file system id at once. Capabilities survive only with keep_capabilities(). */
int credentials_set_user(uid_t uid) must_check;
int credentials_set_group(gid_t gid) must_check;
int credentials_set_groups(const gid_t *groups, size_t count) must_check;
/* Changing ids leaves the capability sets alone from now on (SECBIT_NO_SETUID_FIXUP and KEEP_CAPS). */
int credentials_keep_capabilities(void) must_check;
/* Back to the default securebits, as a program expects them. */
int credentials_default_securebits(void) must_check;
int credentials_no_new_privs(void) must_check;
