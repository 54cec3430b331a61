/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* linux.resources (runtime-spec config-linux.md "Control groups"), which is also what `update --resources`
 * reads. Values are v1's as the specification has them; -1 is "no limit". */
#include "base/strings.h"
#include "formats/oci_value.h"

enum oci_device_access { OCI_DEVICE_READ = 1, OCI_DEVICE_WRITE = 2, OCI_DEVICE_MKNOD = 4 };

struct oci_device_rule {
    bool allow;
    char type;            /* 'a' (all), 'b', 'c' */
    int64_t major, minor; /* -1: any */
    unsigned access;      /* OCI_DEVICE_*; nothing written: all three */
};

struct oci_memory {
    struct oci_i64 limit, reservation, swap; /* bytes; swap: memory and swap together */
    struct oci_u64 swappiness;               /* 0..100 */
    bool disable_oom_killer, check_before_update;
};

struct oci_cpu {
    struct oci_u64 shares, period, burst, realtime_period;
    struct oci_i64 quota, realtime_runtime;
    struct oci_i64 idle; /* 0 or 1 */
    char *cpus, *mems;   /* cpuset(7) "List format"; NULL: not given */
};

struct oci_io_weight {
    int64_t major, minor;
    uint16_t weight; /* 10..1000 */
};

struct oci_io_throttle {
    int64_t major, minor;
    uint64_t rate; /* bytes or operations per second; 0: no limit */
};

enum oci_throttle { OCI_READ_BPS, OCI_WRITE_BPS, OCI_READ_IOPS, OCI_WRITE_IOPS, OCI_THROTTLE_COUNT };

struct oci_io {
    struct oci_u64 weight; /* 10..1000 */
    struct oci_io_weight *weights;
    size_t weight_count;
    struct {
        struct oci_io_throttle *items;
        size_t count;
    } throttle[OCI_THROTTLE_COUNT];
};

struct oci_hugepage_limit {
    char *page_size; /* "2MB", "1GB": of the form that the file names have */
    uint64_t limit;  /* bytes */
};

struct oci_interface_priority {
    char *name;
    uint32_t priority;
};

struct oci_rdma_limit {
    char *device;
    struct oci_u32 handles, objects;
};

struct oci_resources {
    bool given;
    struct oci_device_rule *devices; /* in order, later ones win */
    size_t device_count;
    struct oci_memory memory;
    struct oci_cpu cpu;
    struct oci_i64 pids_limit;
    struct oci_io io;
    struct oci_hugepage_limit *hugepages;
    size_t hugepage_count;
    struct oci_u32 class_id; /* network, v1 */
    struct oci_interface_priority *interface_priorities;
    size_t interface_priority_count;
    struct oci_rdma_limit *rdma;
    size_t rdma_count;
    struct strings unified; /* FILE=VALUE of the v2 group; FILE has no '/' */
};

/* The document of `update --resources`. 0, -EINVAL, -ENOMEM; the caller frees *ret_resources. */
int oci_resources_parse(const char *name, const char *data, size_t size, const struct oci_reports *reports,
                        struct oci_resources *ret_resources) must_check;
void oci_resources_free(struct oci_resources *r);
#define autociresources __attribute__((cleanup(oci_resources_free)))
