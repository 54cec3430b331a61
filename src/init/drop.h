/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The drop: from whatever the process is to one unprivileged identity, for good, and proven. */
#include "init/identity.h"

struct drop {
    struct identity identity;
    bool allow_root;       /* the identity may be uid 0 or gid 0 */
    bool change_identity;  /* false: the ids stay (they are unprivileged already) */
    bool keep_descriptors; /* do not close 3 and above */
    bool keep_signals;     /* no program follows: mask and actions stay */
    const int *kept;       /* descriptors above 2 that survive, in any order; lent */
    size_t kept_count;
    int death_signal; /* PR_SET_PDEATHSIG after the drop, 0 = as inherited */
};

/* What this process may still do, read once: is a change of ids possible, and why not. */
struct power {
    uint32_t uid, gid;
    uint64_t effective; /* capabilities(7), bit per capability */
};
int power_read(struct power *ret_power, struct failure *f) must_check;
/* True when it is uid 0, saved or effective included, or has any capability. */
bool power_is_privileged(const struct power *p);

/* Whether a user namespace (the file is /proc/self/uid_map or gid_map, user_namespaces(7)) has the id.
 * Without such a file: yes. */
bool id_is_mapped(const char *map_file, uint32_t id);

/* Runs the steps of drop.c in order and then the proof. Afterwards the process has the identity, no
 * capability in any set, no_new_privs, a locked securebits set, no descriptor above 2 but `kept`, a session
 * keyring of its own, default signal actions and nothing blocked. Without CAP_SETPCAP the bounding set and
 * securebits stay as they are: no_new_privs makes them inert. A failure leaves the process in between: the
 * caller must exit. */
own_frame int drop_run(struct drop *d, struct failure *f) must_check;

/* The names of the steps in order, for the test of the order. NULL past the end. */
const char *drop_step_name(size_t index);
