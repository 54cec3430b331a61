/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/ownership.h"

#include <stddef.h>

/* The bytes of the value that the member names lead to ({"linux", "seccomp", NULL}) in a document that
 * json_parse() has taken; lent. Names with escapes are not found. -ENOENT. */
int json_slice(const char *data, size_t size, const char *const *names, const char **ret_value,
               size_t *ret_size) must_check;
