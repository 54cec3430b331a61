/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A folder's content into another one, both by descriptor: what a tmpfs begins with (tmpcopyup). */
#include "base/ownership.h"

/* Copies folders, files, symbolic links and pipes with owner and mode, not what is mounted below nor devices
 * and sockets. Links are copied, never followed. -ELOOP: more than 64 levels; -EDQUOT: more than 100,000
 * entries; else the kernel's errno (-ENOSPC: `to` is full). */
int folder_copy(int from_fd, int to_fd) must_check;
