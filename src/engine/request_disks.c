/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/request_disks.h"

#include "base/number.h"

#include <errno.h>
#include <string.h>

void request_disks_list(const struct container_request *request,
                        struct request_disks ret_disks[REQUEST_DISKS])
{
    const struct request_disks disks[REQUEST_DISKS] = {
        {"blkio-weight-device", "BlkioWeightDevice", &request->blkio_weight_devices, DEVICE_RATE_WEIGHT,
         CGROUP_THROTTLES},
        {"device-read-bps", "BlkioDeviceReadBps", &request->device_read_bps, DEVICE_RATE_BYTES,
         CGROUP_READ_BPS},
        {"device-write-bps", "BlkioDeviceWriteBps", &request->device_write_bps, DEVICE_RATE_BYTES,
         CGROUP_WRITE_BPS},
        {"device-read-iops", "BlkioDeviceReadIOps", &request->device_read_iops, DEVICE_RATE_OPERATIONS,
         CGROUP_READ_IOPS},
        {"device-write-iops", "BlkioDeviceWriteIOps", &request->device_write_iops, DEVICE_RATE_OPERATIONS,
         CGROUP_WRITE_IOPS},
    };
    memcpy(ret_disks, disks, sizeof(disks));
}

static int check_lists(const struct container_request *request, struct failure *failure)
{
    struct request_disks disks[REQUEST_DISKS];
    int r = 0;
    request_disks_list(request, disks);
    for (size_t i = 0; i < REQUEST_DISKS; i++)
        for (size_t j = 0; j < disks[i].list->count && r == 0; j++) {
            struct device_rate rate = {0};
            r = device_rate_parse(disks[i].flag, disks[i].list->items[j], disks[i].unit, &rate, failure);
            free(rate.path);
        }
    return r;
}

int request_disks_check(const struct container_request *request, struct failure *failure)
{
    uint64_t number;
    const char *swappiness = request->memory_swappiness;
    if (request->blkio_weight > 0 && (request->blkio_weight < 10 || request->blkio_weight > 1000))
        return refuse(failure, -EINVAL, "--blkio-weight=%u: a number of 10 to 1000", request->blkio_weight);
    if (swappiness && !streq(swappiness, "-1") && number_parse(swappiness, 100, &number) < 0)
        return refuse(failure, -EINVAL, "--memory-swappiness=%s: a number of 0 to 100", swappiness);
    if (request->cpus && (request->cpu_period > 0 || request->cpu_quota != 0))
        return refuse(failure, -EINVAL,
                      "--cpus means a quota and a period: leave --cpu-quota and --cpu-period out");
    if (request->oom_kill_disable && !request->memory)
        return refuse(failure, -EINVAL,
                      "--oom-kill-disable needs --memory: else the host would run out of it");
    return check_lists(request, failure);
}
