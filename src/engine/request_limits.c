/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of a request as a control group takes them. */
#include "engine/request_limits.h"
#include "base/number.h"
#include "engine/request_disks.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define CPU_PERIOD_US 100000u

/* docker's --cpus: thousandths are enough for a period of 100 ms. */
static int limits_read_cpus(const char *cpus, struct cgroup_limits *limits, struct failure *failure)
{
    uint64_t whole, thousandths = 0;
    autofree char *copy = strdup(cpus);
    char *fraction = copy ? strchr(copy, '.') : NULL;
    if (fraction) {
        *fraction++ = '\0';
        char digits[4] = "000";
        size_t length = strlen(fraction);
        memcpy(digits, fraction, length < 3 ? length : 3);
        if (number_parse(digits, 999, &thousandths) < 0 || !string_is_digits(fraction))
            return refuse(failure, -EINVAL, "--cpus=%s: a number such as 1.5", cpus);
    }
    if (!copy || number_parse(copy[0] == '\0' ? "0" : copy, 100000, &whole) < 0 || whole + thousandths == 0)
        return refuse(failure, -EINVAL, "--cpus=%s: a number such as 1.5", cpus);
    limits->cpu_period_us = CPU_PERIOD_US;
    limits->cpu_quota_us = (int64_t)(whole * CPU_PERIOD_US + thousandths * (CPU_PERIOD_US / 1000));
    return 0;
}

static int limits_read_bytes(const char *size, int64_t *bytes)
{
    uint64_t number = 0;
    int r = size ? number_parse_size(size, &number) : 0;
    if (r == 0 && number > INT64_MAX)
        r = -ERANGE;
    if (r == 0)
        *bytes = (int64_t)number;
    return r;
}

static int find_disk(const char *flag, const char *path, struct cgroup_device *ret_device,
                     struct failure *failure)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return fail(failure, -errno, "--%s: %s", flag, path);
    if (!S_ISBLK(st.st_mode))
        return refuse(failure, -ENOTBLK, "--%s: %s is no disk", flag, path);
    *ret_device = (struct cgroup_device){major(st.st_rdev), minor(st.st_rdev)};
    return 0;
}

static int add_disks(const struct request_disks *disks, struct cgroup_rows *rows, struct failure *failure)
{
    for (size_t i = 0; i < disks->list->count; i++) {
        struct device_rate rate;
        struct cgroup_device device;
        const char *what = cgroup_rows_text(rows, "--%s", disks->flag);
        int r = device_rate_parse(disks->flag, disks->list->items[i], disks->unit, &rate, failure);
        if (r < 0)
            return r;
        autofree char *path = rate.path;
        r = find_disk(disks->flag, path, &device, failure);
        if (r < 0)
            return r;
        if (disks->unit == DEVICE_RATE_WEIGHT)
            cgroup_rows_add_weight(rows, what, &device, (unsigned)rate.rate);
        else
            cgroup_rows_add_throttle(rows, what, disks->throttle, &device, rate.rate);
    }
    return 0;
}

static int add_rows(const struct container_request *request, struct cgroup_rows *rows,
                    struct failure *failure)
{
    struct request_disks disks[REQUEST_DISKS];
    int r = 0;
    request_disks_list(request, disks);
    if (request->blkio_weight > 0)
        cgroup_rows_add_weight(rows, "--blkio-weight", NULL, request->blkio_weight);
    for (size_t i = 0; i < REQUEST_DISKS && r == 0; i++)
        r = add_disks(&disks[i], rows, failure);
    if (request->memory_swappiness && !streq(request->memory_swappiness, "-1"))
        cgroup_rows_add(rows,
                        &(struct cgroup_extra){.controller = CGROUP_MEMORY,
                                               .what = "--memory-swappiness",
                                               .v1 = {{"memory.swappiness", request->memory_swappiness}}});
    if (request->oom_kill_disable)
        cgroup_rows_add(rows, &(struct cgroup_extra){.controller = CGROUP_MEMORY,
                                                     .what = "--oom-kill-disable",
                                                     .v1 = {{"memory.oom_control", "1"}}});
    return r == 0 && rows->error < 0 ? fail(failure, rows->error, "the limits") : r;
}

int request_read_limits(const struct container_request *request, struct cgroup_rows *rows,
                        struct cgroup_limits *ret_limits, struct failure *failure)
{
    struct cgroup_limits limits = {
        .cpu_shares = request->cpu_shares,
        .cpuset_cpus = request->cpuset_cpus,
        .cpuset_mems = request->cpuset_mems,
        .pids_max = request->pids_limit,
        .cpu_period_us = request->cpu_period,
        .cpu_quota_us = request->cpu_quota,
    };
    int r = limits_read_bytes(request->memory, &limits.memory_bytes);
    if (r == 0)
        r = limits_read_bytes(request->memory_reservation, &limits.memory_reservation_bytes);
    if (r == 0 && streq(request->memory_swap, "-1"))
        limits.memory_swap_bytes = -1;
    else if (r == 0)
        r = limits_read_bytes(request->memory_swap, &limits.memory_swap_bytes);
    if (r < 0)
        return fail(failure, r, "the memory limits");
    if (request->cpus)
        r = limits_read_cpus(request->cpus, &limits, failure);
    if (r == 0)
        r = add_rows(request, rows, failure);
    limits.extra = rows->items;
    limits.extra_count = rows->count;
    if (r == 0)
        *ret_limits = limits;
    return r;
}
