/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* landlock(7): what a process without any privilege can give up. Linux 5.13, where it is switched on. */
#include "base/ownership.h"

#include <stddef.h>

/* From now on this thread and what it starts open no file, folder or device but these, for reading;
 * descriptors that are open stay. Files that are not there are left out. Needs no_new_privs. -EOPNOTSUPP:
 * this kernel has it not. */
int landlock_read_only(const char *const *files, size_t count) must_check;
