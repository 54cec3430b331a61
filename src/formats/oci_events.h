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
    char *page_size; /* "2MB" */
    uint64_t usage, max, failures;
};

/* Pressure stall information; averages in hundredths of a percent. */
struct oci_pressure_line {
    uint64_t avg10, avg60, avg300, total_us;
};

struct oci_pressure {
    bool given;
    struct oci_pressure_line some, full;
};

enum oci_io_list {
    OCI_IO_BYTES,
    OCI_IO_OPERATIONS,
    OCI_IO_QUEUED,
    OCI_IO_SERVICE_TIME,
    OCI_IO_WAIT_TIME,
    OCI_IO_MERGED,
    OCI_IO_TIME,
    OCI_IO_SECTORS,
    OCI_IO_LISTS,
};

struct oci_statistics {
    uint64_t cpu_total_ns, cpu_kernel_ns, cpu_user_ns;
    uint64_t *per_cpu_ns; /* v1 alone; may be NULL */
    size_t per_cpu_count;
    uint64_t periods, throttled_periods, throttled_ns;
    uint64_t cache_bytes;
    struct oci_memory_usage memory, swap, kernel, kernel_tcp;
    struct strings memory_raw;         /* NAME=NUMBER of memory.stat */
    uint64_t pids_current, pids_limit; /* limit 0: none */
    struct {
        struct oci_io_count *items;
        size_t count;
    } io[OCI_IO_LISTS];
    struct oci_hugepage_usage *hugepages;
    size_t hugepage_count;
    struct oci_pressure cpu_pressure, memory_pressure, io_pressure;
};

/* What it points to, all from malloc(3). */
void oci_statistics_free(struct oci_statistics *s);
#define autostatistics __attribute__((cleanup(oci_statistics_free)))

/* {"type":"stats","id":..,"data":{..}} without a line break. -ENOMEM, -EILSEQ; the caller frees it. */
int oci_events_write_stats(const char *id, const struct oci_statistics *statistics,
                           char **ret_text) must_check;
/* {"type":"oom","id":..} */
int oci_events_write_oom(const char *id, char **ret_text) must_check;
