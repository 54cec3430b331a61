/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Signals by name, and the raw calls: musl hides 32 to 34 from its own, and all 64 must be forwarded. */
#include "init/span.h"

#include <signal.h>

#define SIGNAL_COUNT 64 /* 1..64 */

/* "TERM", "SIGTERM", "15", "RTMIN", "RTMIN+3", "RTMAX-1"; letters in either case. The number or -EINVAL. */
int signal_parse(struct span word);
/* "TERM", or "" for one without a name. */
const char *signal_name(int signal_number);

static inline uint64_t signal_bit(int signal_number)
{
    return UINT64_C(1) << (signal_number - 1);
}

/* Sets the mask to exactly `mask`, bit N-1 for signal N. */
void signals_set_mask(uint64_t mask);
/* Waits for one of `mask` (which must be blocked), at most `timeout_ms` (below 0: for ever). The signal's
 * number with ret_info filled, 0 when the time is over, -EINTR. */
int signals_wait(uint64_t mask, int64_t timeout_ms, siginfo_t *ret_info);
/* Every signal gets its default action and none is blocked: what a program that starts may rely on. */
void signals_reset(void);
/* Milliseconds of the monotonic clock. */
int64_t clock_ms(void);
/* A descriptor that reads as the signals of `mask` come (signalfd(2)), close-on-exec, not blocking; -errno.
 */
int signals_open(uint64_t mask);
/* The next signal from such a descriptor, 0 when there is none. */
int signals_read(int fd);
