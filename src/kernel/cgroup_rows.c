/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cgroup_rows.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void cgroup_rows_free(struct cgroup_rows *rows)
{
    free(rows->items);
    strings_free(&rows->texts);
    *rows = (struct cgroup_rows){0};
}

void cgroup_rows_add(struct cgroup_rows *rows, const struct cgroup_extra *row)
{
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity ? 2 * rows->capacity : 8;
        struct cgroup_extra *more = reallocarray(rows->items, capacity, sizeof(*more));
        if (!more) {
            rows->error = -ENOMEM;
            return;
        }
        rows->items = more;
        rows->capacity = capacity;
    }
    rows->items[rows->count++] = *row;
}

const char *cgroup_rows_keep(struct cgroup_rows *rows, char *text)
{
    if (strings_add_taken(&rows->texts, text) == 0)
        return text;
    rows->error = -ENOMEM;
    return "";
}

const char *cgroup_rows_text(struct cgroup_rows *rows, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    return cgroup_rows_keep(rows, n < 0 ? NULL : text);
}

static unsigned weight_of_blkio(unsigned weight)
{
    return 1 + (weight - 10) * 9999 / 990;
}

void cgroup_rows_add_weight(struct cgroup_rows *rows, const char *what, const struct cgroup_device *device,
                            unsigned weight)
{
    const char *prefix = device ? cgroup_rows_text(rows, "%u:%u ", device->major, device->minor) : "";
    const char *suffix = device ? "_device" : "";
    const char *value = cgroup_rows_text(rows, "%s%u", prefix, weight);
    cgroup_rows_add(
        rows, &(struct cgroup_extra){
                  .controller = CGROUP_IO,
                  .what = what,
                  .v1 = {{cgroup_rows_text(rows, "blkio.weight%s", suffix), value},
                         {cgroup_rows_text(rows, "blkio.bfq.weight%s", suffix), value}},
                  .v2 = {{"io.bfq.weight", value},
                         {"io.weight", cgroup_rows_text(rows, "%s%u", prefix, weight_of_blkio(weight))}},
              });
}

void cgroup_rows_add_throttle(struct cgroup_rows *rows, const char *what, enum cgroup_throttle kind,
                              const struct cgroup_device *device, uint64_t rate)
{
    static const struct {
        const char *v1_file, *v2_key;
    } throttles[CGROUP_THROTTLES] = {
        [CGROUP_READ_BPS] = {"blkio.throttle.read_bps_device", "rbps"},
        [CGROUP_WRITE_BPS] = {"blkio.throttle.write_bps_device", "wbps"},
        [CGROUP_READ_IOPS] = {"blkio.throttle.read_iops_device", "riops"},
        [CGROUP_WRITE_IOPS] = {"blkio.throttle.write_iops_device", "wiops"},
    };
    /* v1 counts operations in 32 bits and cuts the rest off; v2 wants a word for "no limit". */
    bool operations = kind == CGROUP_READ_IOPS || kind == CGROUP_WRITE_IOPS;
    unsigned long long v1_rate = operations && rate > UINT32_MAX ? UINT32_MAX : rate;
    const char *name = cgroup_rows_text(rows, "%u:%u", device->major, device->minor);
    const char *number = rate == 0 ? "max" : cgroup_rows_text(rows, "%llu", (unsigned long long)rate);
    cgroup_rows_add(
        rows,
        &(struct cgroup_extra){
            .controller = CGROUP_IO,
            .what = what,
            .v1 = {{throttles[kind].v1_file, cgroup_rows_text(rows, "%s %llu", name, v1_rate)}},
            .v2 = {{"io.max", cgroup_rows_text(rows, "%s %s=%s", name, throttles[kind].v2_key, number)}},
        });
}
