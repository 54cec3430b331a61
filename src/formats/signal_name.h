/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Signals by name: "SIGTERM", "term", "15", "RTMIN+3", "SIGRTMAX-2" (signal(7), docker --stop-signal). */
#include "base/ownership.h"

#define SIGNAL_NAME_SIZE 16
#define SIGNAL_REAL_TIME_FIRST 34 /* glibc keeps 32 and 33; docker and podman count RTMIN from here */
#define SIGNAL_LAST 64

/* 1..64, or -EINVAL. */
int signal_parse(const char *text) must_check;
/* "SIGTERM", "SIGRTMIN+3"; "SIG33" for one without a name. Returns ret_name. */
const char *signal_name(int number, char ret_name[SIGNAL_NAME_SIZE]);
