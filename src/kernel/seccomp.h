/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* seccomp(2). Safe between fork and exec. */
#include "base/ownership.h"

#include <linux/filter.h>
#include <stdint.h>
#include <sys/types.h>

/* Installs a filter for the calling thread; `flags` are SECCOMP_FILTER_FLAG_*. Needs no_new_privs or
 * CAP_SYS_ADMIN in the thread's user namespace (-EACCES). With SECCOMP_FILTER_FLAG_NEW_LISTENER the
 * listener's descriptor (close-on-exec) is returned, else 0. -EINVAL: a filter or flag that this kernel does
 * not take. */
int seccomp_install(const struct sock_filter *filter, uint16_t count, uint32_t flags) must_check;

/* Mode (0 none, 1 strict, 2 filter) and number of filters of a process as the kernel reports them ("Seccomp"
 * and "Seccomp_filters" of /proc/PID/status, proc(5)); `proc_fd` is a descriptor of /proc. -ENOENT: no such
 * process; -EOPNOTSUPP: a kernel without seccomp. */
int seccomp_read_mode(int proc_fd, pid_t pid, uint32_t *ret_mode, uint32_t *ret_filters) must_check;
