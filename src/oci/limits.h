/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* linux.cgroupsPath and linux.resources as a control group of the kernel's. */
#include "kernel/cgroup_rows.h"
#include "oci/bundle.h"

#define LIMITS_PATH "linux.resources."

/* What cgroup_limits points to: rows of files, their words, and the names of members for failures. */
struct limits_extra {
    struct cgroup_rows rows;
    const char *names[CGROUP_NAMES];
    bool is_root; /* the document is linux.resources itself: names are "memory.limit" */
};
#define autoextra __attribute__((cleanup(limits_extra_free)))
void limits_extra_free(struct limits_extra *extra);

/* Where the container's groups are and their limits; what it points to is lent by the bundle. */
int limits_place(const struct runtime *rt, struct bundle *b, struct limits_extra *extra,
                 struct cgroup_spec *ret_spec, struct failure *failure) must_check;
/* All of the resources but devices; what it points to is lent by `resources` and `extra`. */
int limits_translate(const struct oci_resources *resources, struct limits_extra *extra,
                     struct cgroup_limits *ret_limits, struct failure *failure) must_check;
/* Puts "document:12: " before the member that a failure of these limits names. */
void limits_locate(const struct limits_extra *extra, const char *document, const char *text, size_t size,
                   struct failure *failure);

/* For limits*.c: a member's name, kept by `extra`. */
const char *limits_member(struct limits_extra *extra, const char *format, ...) printf_like(2, 3);
/* blockIO, hugepageLimits, network and rdma. */
void limits_take_devices(const struct oci_resources *resources, struct limits_extra *extra);
