/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The flags of a request that limit the use of single disks. */
#include "formats/device_rate.h"
#include "kernel/cgroup_rows.h"
#include "plan/request.h"

#define REQUEST_DISKS 5

struct request_disks {
    const char *flag; /* "device-read-bps" */
    const char *key;  /* "BlkioDeviceReadBps": docker's inspect */
    const struct strings *list;
    enum device_rate_unit unit;
    enum cgroup_throttle throttle; /* not of a weight */
};

/* All of them; the lists are lent. */
void request_disks_list(const struct container_request *request,
                        struct request_disks ret_disks[REQUEST_DISKS]);
/* Whether the flags about block I/O, processor periods and swapping are well formed. -EINVAL with a sentence.
 */
int request_disks_check(const struct container_request *request, struct failure *failure) must_check;
