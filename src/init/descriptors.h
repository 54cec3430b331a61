/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "init/failure.h"

#include <stdint.h>

/* 0, 1 and 2 that are closed get /dev/null, so that no file of the program's becomes its standard error.
 * FALLBACK(no /dev/null): an O_PATH descriptor, which holds the number and refuses reads and writes. */
int streams_open(struct failure *f) must_check;
/* Lets `uid` open /dev/stdout and the others by name again: pipes become writable for everybody who can reach
 * them, a terminal of devpts changes its owner. Other kinds of files are never touched: they may be the
 * host's. A refusal is not an error, the open descriptors work all the same. */
void streams_share(uint32_t uid);

/* Closes everything above 2 except `kept` (in any order, duplicates allowed). */
int descriptors_close(const int *kept, size_t kept_count, struct failure *f) must_check;

/* How many descriptors from 3 on LISTEN_FDS declares for this process (sd_listen_fds(3): LISTEN_PID must be
 * our pid), 0 when none or when the variables are not plain numbers. At most 1,000. */
int listen_descriptors(char *const *environment);
