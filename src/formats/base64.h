/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Base 64 with padding (RFC 4648 4), strict. */
#include "base/ownership.h"

#include <stddef.h>

/* The caller frees it; NULL: no memory. */
char *base64_write(const void *data, size_t size) must_check;
/* The bytes and a NUL that is not counted; the caller frees them. -EINVAL: another alphabet, spaces, wrong
 * padding, bits that stand for nothing. -ENOMEM. */
int base64_read(const char *text, char **ret_data, size_t *ret_size) must_check;
