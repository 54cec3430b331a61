/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Durations, sizes and times as docker words them (docker/go-units; time.Time.String). */
#include "base/text.h"

#include <stdint.h>

/* "Less than a second", "About a minute", "3 hours", "2 weeks"; below 0 counts as 0. */
void human_duration(struct text *t, int64_t seconds);
/* Powers of 1000 with three significant digits: "0B", "4.26MB", "117MB". */
void human_size(struct text *t, uint64_t bytes);
/* Powers of 1024 with four: "0B", "1.895MiB", "15.5GiB". */
void human_size_binary(struct text *t, uint64_t bytes);
/* "2024-05-01 12:00:00 +0200 CEST" in the local time zone. */
void human_time(struct text *t, int64_t seconds);
/* Thousandths of a second of processor time as ps(1) does: "00:01:02". */
void human_cpu_time(struct text *t, uint64_t milliseconds);
