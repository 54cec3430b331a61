/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The builtin profile compiled for the usual capability sets, as a C file: made when unroot is built, so that
 * a start needs neither this program nor a cache. */
#include "base/report.h"
#include "seccomp/machine.h"

/* Writes it to standard output; it defines what engine/seccomp_builtin.h declares. 0 or negative errno. */
int table_write(const struct machine *machine, struct report *report) must_check;
