/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Limits as writes to files: one list for both versions, made without a system call. For the kernel/cgroup*.c
 * files. */
#include "kernel/cgroup.h"

#include <stddef.h>

struct cgroup_setting {
    enum cgroup_controller controller;
    const char *what;                   /* "memory limit" */
    struct cgroup_write write, instead; /* the second where the first one's file is missing; may have none */
    char text[48];                      /* what write.value points to, where it is a number */
    bool optional;                      /* nobody asked for it: a kernel without the file does without */
    bool v2;
};

/* Lent: names, files, lists of the limits. */
struct cgroup_settings {
    struct cgroup_setting *items;
    size_t count;
};
#define autosettings __attribute__((cleanup(cgroup_settings_free)))

/* The writes for these limits, in the order in which a new group takes them; `v2_controllers` (bit n = enum
 * cgroup_controller) says which of them go to the v2 tree. -EINVAL with a sentence: numbers that contradict
 * each other or that no kernel takes. The caller frees *ret_settings. */
int cgroup_settings_make(const struct cgroup_limits *limits, unsigned v2_controllers,
                         struct cgroup_settings *ret_settings, struct failure *failure) must_check;
void cgroup_settings_free(struct cgroup_settings *settings);
/* v1 shares (2..262144) as a v2 weight (1..10000), as runc and crun convert them. */
uint64_t cgroup_weight_of_shares(uint64_t shares);
