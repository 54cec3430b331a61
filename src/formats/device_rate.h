/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* --device-read-bps /dev/sda:1mb and its like. */
#include "base/failure.h"

#include <stdint.h>

enum device_rate_unit {
    DEVICE_RATE_BYTES,      /* docker's units; 0: no limit */
    DEVICE_RATE_OPERATIONS, /* 0: no limit */
    DEVICE_RATE_WEIGHT,     /* 10..1000 */
};

struct device_rate {
    char *path; /* below /dev */
    uint64_t rate;
};

/* -EINVAL with a sentence that names the flag, -ENOMEM. The caller frees ret_rate->path. */
int device_rate_parse(const char *flag, const char *text, enum device_rate_unit unit,
                      struct device_rate *ret_rate, struct failure *f) must_check;
