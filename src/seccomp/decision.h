/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a profile decides for each number of one AUDIT_ARCH.
 *
 * Rules with comparisons are tried first, in the profile's order; then the one without; then the default.
 * (libseccomp lets the one without win wherever it stands; "ioctl is allowed, but not TIOCSTI" cannot be said
 * that way.) */
#include "formats/seccomp_profile.h"
#include "seccomp/machine.h"

struct decision_rule {
    const struct seccomp_rule *rule; /* lent */
    bool multiplexed;                /* first of all: the first argument & mask is the selector */
    uint32_t selector, selector_mask;
    bool general; /* it stands for the whole of a multiplexed call: after those with comparisons */
};

struct decision {
    uint32_t number;
    uint32_t value; /* SECCOMP_RET_*, when no rule with comparisons matches */
    bool decided;   /* value is a rule's, not the default */
    struct decision_rule *rules;
    size_t rule_count;
};

struct decisions {
    struct decision *items; /* by number, ascending */
    size_t count;
    uint32_t default_value;
};

#define autodecisions __attribute__((cleanup(decisions_free)))

/* SECCOMP_RET_* of an action. */
uint32_t decision_value(enum seccomp_action action, uint16_t data);

/* Adds one rule that counts, for all its names in one set. Names that the set does not have are skipped. Of
 * several rules without comparisons for one call the first counts, as with libseccomp. -ENOMEM. */
int decisions_add(struct decisions *d, const struct machine_set *set,
                  const struct seccomp_rule *rule) must_check;
/* By number; of each number the rules in the order in which they are tried, those that change nothing left
 * out. */
int decisions_sort(struct decisions *d) must_check;
void decisions_free(struct decisions *d);
