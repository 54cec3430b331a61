/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "init/span.h"

#define DURATION_MAX_MS (INT64_C(30) * 24 * 3600 * 1000)

/* "50ms", "10s", "5m", "2h", "10" (seconds): digits and one unit, at most 30 days. -EINVAL or -ERANGE. */
int duration_parse(struct span word, int64_t *ret_ms) __attribute__((warn_unused_result));
