/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The texts in which control groups count (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/). The kernel
 * writes them; a line of another form is passed over, so that a newer kernel's is no failure. */
#include "base/strings.h"
#include "formats/oci_events.h"

/* The number behind "KEY " on a line of its own, or the first number when key is NULL; "max" is UINT64_MAX.
 * -ENODATA: not there. */
int cgroup_counter_find(const char *text, const char *key, uint64_t *ret_value) must_check;
/* Lines "KEY N" as KEY=N. -ENOMEM. */
int cgroup_counter_list(const char *text, struct strings *ret_list) must_check;
/* Numbers between blanks; the caller frees *ret_numbers. -ENOMEM. */
int cgroup_counter_numbers(const char *text, uint64_t **ret_numbers, size_t *ret_count) must_check;
/* v1: "8:0 Read 4096"; the sum of all devices is left out. The caller frees *ret_counts. -ENOMEM. */
int cgroup_counter_io_v1(const char *text, struct oci_io_count **ret_counts, size_t *ret_count) must_check;
/* v2, io.stat: "8:0 rbytes=4096 wbytes=0 rios=1 ..": bytes, or operations. The caller frees *ret_counts.
 * -ENOMEM. */
int cgroup_counter_io_v2(const char *text, bool operations, struct oci_io_count **ret_counts,
                         size_t *ret_count) must_check;
/* "some avg10=0.12 avg60=.. avg300=.. total=5" and the same for "full". -ENODATA: not of that form. */
int cgroup_counter_pressure(const char *text, struct oci_pressure *ret_pressure) must_check;
