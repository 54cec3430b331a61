/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Durations as Go's time.ParseDuration ("10s", "1h30m", "1.5h", "-2m") and moments of --since / --until. */
#include "base/ownership.h"

#include <stdint.h>
#include <time.h>

#define DURATION_TEXT_SIZE 32

/* -EINVAL: no such form or no unit ("0" needs none); -ERANGE. */
int duration_parse(const char *text, int64_t *ret_nanoseconds) must_check;
/* As duration_parse(), and a plain number is seconds. Not negative: -ERANGE. */
int duration_parse_seconds(const char *text, int64_t *ret_nanoseconds) must_check;
/* Go's Duration.String(): "1h30m0s", "1.5s", "0s". */
void duration_write(int64_t nanoseconds, char ret_text[DURATION_TEXT_SIZE]);
/* RFC 3339 (date alone, without zone = UTC too), seconds since the epoch with a fraction, or a duration
 * before `now`. -EINVAL, -ERANGE. */
int moment_parse(const char *text, struct timespec now, struct timespec *ret_moment) must_check;
