/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Permission bits in octal: --umask, tmpfs-mode, a secret's mode. */
#include "base/ownership.h"

#include <stdint.h>

/* Octal digits only (also "0o755"), at most `max`. -EINVAL, -ERANGE. */
int file_mode_parse(const char *text, uint32_t max, uint32_t *ret_mode) must_check;
