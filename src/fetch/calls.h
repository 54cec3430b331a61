/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The system calls of the registry client. */
#include "base/ownership.h"

/* From here on: TCP and UDP of IPv4 and IPv6, names, the descriptors that are given, reading files, threads.
 * No other socket (the abstract unix sockets of the network namespace are the host's), no file opened for
 * writing, no program executed, no code made, nothing asked of another process. 0 or negative errno. */
int calls_confine(void) must_check;
