/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/device_rate.h"
#include "base/number.h"
#include "base/strings.h"

#include <errno.h>
#include <string.h>

#define WEIGHT_MIN 10
#define WEIGHT_MAX 1000

int device_rate_parse(const char *flag, const char *text, enum device_rate_unit unit,
                      struct device_rate *ret_rate, struct failure *f)
{
    static const char *const wanted[] = {
        [DEVICE_RATE_BYTES] = "a disk below /dev and bytes per second, as /dev/sda:1mb",
        [DEVICE_RATE_OPERATIONS] = "a disk below /dev and operations per second, as /dev/sda:100",
        [DEVICE_RATE_WEIGHT] = "a disk below /dev and a weight of 10 to 1000, as /dev/sda:500",
    };
    const char *colon = strrchr(text, ':');
    struct device_rate rate = {0};
    int r = -EINVAL;
    if (colon && string_after(text, "/dev/") && colon > text + strlen("/dev/"))
        r = unit == DEVICE_RATE_BYTES ? number_parse_size(colon + 1, &rate.rate)
                                      : number_parse(colon + 1, UINT64_MAX, &rate.rate);
    if (r == 0 && unit == DEVICE_RATE_WEIGHT && (rate.rate < WEIGHT_MIN || rate.rate > WEIGHT_MAX))
        r = -ERANGE;
    if (r < 0)
        return refuse(f, -EINVAL, "--%s=%s: %s", flag, text, wanted[unit]);
    rate.path = strndup(text, (size_t)(colon - text));
    if (!rate.path)
        return fail(f, -ENOMEM, "--%s", flag);
    *ret_rate = rate;
    return 0;
}
