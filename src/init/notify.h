/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "init/environment.h"

/* A socket for sd_notify(3) under an abstract name (no folder is needed that may be missing or read-only),
 * which goes into NOTIFY_SOCKET. The descriptor, or -1 with a line said. */
int notify_open(const char *service, struct environment *e);
/* Reads what has come; true when READY=1 was among it. Messages of another user's process, and of one outside
 * this pid namespace, do not count. */
bool notify_is_ready(int fd);
