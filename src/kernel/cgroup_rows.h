/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A list of files to write (struct cgroup_extra) that owns its words. Made without a system call. */
#include "base/strings.h"
#include "kernel/cgroup_request.h"

struct cgroup_rows {
    struct cgroup_extra *items;
    size_t count, capacity;
    struct strings texts;
    int error; /* -ENOMEM of whichever call; the list is not to be used then */
};

enum cgroup_throttle {
    CGROUP_READ_BPS,
    CGROUP_WRITE_BPS,
    CGROUP_READ_IOPS,
    CGROUP_WRITE_IOPS,
    CGROUP_THROTTLES,
};

struct cgroup_device {
    uint32_t major,
        minor; /* 0..4095, 0..1048575: the kernel does not check them, and would take another disk's */
};

#define autorows __attribute__((cleanup(cgroup_rows_free)))
void cgroup_rows_free(struct cgroup_rows *rows);
/* A copy of the row. */
void cgroup_rows_add(struct cgroup_rows *rows, const struct cgroup_extra *row);
/* Words that live as long as the list; "" when there is no memory. */
const char *cgroup_rows_text(struct cgroup_rows *rows, const char *format, ...) printf_like(2, 3);
/* Takes `text`, which comes from malloc(3) or is NULL: no memory. */
const char *cgroup_rows_keep(struct cgroup_rows *rows, char *text);

/* Share of block I/O, 10..1000, of the whole group (device NULL) or of one disk. bfq's file where the kernel
 * has that scheduler; else io.cost's, converted as runc and crun do; v1 before Linux 5.0 had cfq's. */
void cgroup_rows_add_weight(struct cgroup_rows *rows, const char *what, const struct cgroup_device *device,
                            unsigned weight);
/* Bytes or operations in a second; 0 is "no limit". */
void cgroup_rows_add_throttle(struct cgroup_rows *rows, const char *what, enum cgroup_throttle kind,
                              const struct cgroup_device *device, uint64_t rate);
