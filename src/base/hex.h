/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/ownership.h"

#include <stdbool.h>
#include <stddef.h>

/* Lower-case hexadecimal of `size` bytes; ret_text has room for 2 * size + 1. */
void hex_encode(const void *bytes, size_t size, char *ret_text);
/* Only [0-9a-f], exactly `length` of them. */
bool hex_is_valid(const char *text, size_t length);
