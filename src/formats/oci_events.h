/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What `events` prints: one object a line of runc's shape (types/events.go), as go-runc and podman read it.
 */
#include "base/strings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* v1's memory counters: limit UINT64_MAX is "none". */
struct oci_memory_usage {
    uint64_t limit, usage, max, failures;
};

struct oci_io_count {
    uint64_t major, minor;
    const char *operation; /* "Read", "Write" */
    uint64_t value;
};

struct oci_hugepage_usage {
    const char *page_size; /* "2MB" */
    uint64_t usage, max, failures;
};

struct oci_statistics {
    uint64_t cpu_total_ns, cpu_kernel_ns, cpu_user_ns;
    const uint64_t *per_cpu_ns; /* v1 alone; may be NULL */
    size_t per_cpu_count;
    uint64_t periods, throttled_periods, throttled_ns;
    uint64_t cache_bytes;
    struct oci_memory_usage memory, swap;
    const struct strings *memory_raw;  /* NAME=NUMBER of memory.stat; NULL: none */
    uint64_t pids_current, pids_limit; /* limit 0: none */
    const struct oci_io_count *io_bytes, *io_operations;
    size_t io_bytes_count, io_operation_count;
    const struct oci_hugepage_usage *hugepages;
    size_t hugepage_count;
};

/* {"type":"stats","id":..,"data":{..}} without a line break. -ENOMEM, -EILSEQ; the caller frees it. */
int oci_events_write_stats(const char *id, const struct oci_statistics *statistics,
                           char **ret_text) must_check;
/* {"type":"oom","id":..} */
int oci_events_write_oom(const char *id, char **ret_text) must_check;
