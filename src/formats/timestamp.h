/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* RFC 3339 with nanoseconds, as Go's time.RFC3339Nano: "2026-11-21T20:33:42.5Z". */
#include "base/ownership.h"

#include <stddef.h>
#include <time.h>

#define TIMESTAMP_SIZE 36

/* UTC; no trailing zeros in the fraction. Years 1..9999 (others are clamped). Returns ret_text. */
const char *timestamp_write(struct timespec moment, char ret_text[TIMESTAMP_SIZE]);
/* As above with nine digits always, so that lines sort and align. */
const char *timestamp_write_fixed(struct timespec moment, char ret_text[TIMESTAMP_SIZE]);
/* Exactly one timestamp with zone (Z or +hh:mm), digits after the ninth are dropped. -EINVAL. */
int timestamp_parse(const char *text, struct timespec *ret_moment) must_check;
/* As timestamp_parse(); the zone (then UTC), the time or its end may be missing: "2026-11-21",
 * "2026-11-21T20:33". */
int timestamp_parse_partial(const char *text, struct timespec *ret_moment) must_check;
