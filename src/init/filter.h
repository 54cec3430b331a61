/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "init/failure.h"

/* Installs a seccomp filter that makes ioctl(TIOCSTI) and ioctl(TIOCLINUX) fail with EPERM for this process
 * and all it starts: both push input into the terminal of whoever started us (CVE-2005-4890, CVE-2017-5226).
 * Covers x86-64, x32, i386, aarch64 and arm; other architectures pass. Needs no_new_privs or CAP_SYS_ADMIN.
 * A kernel without seccomp filters (EINVAL, ENOSYS) is an error. */
int filter_install(struct failure *f) must_check;
