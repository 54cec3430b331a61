/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing above U+10FFFF. */
#include "base/ownership.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_LENGTH_MAX 4

/* Length (1..4) of the valid sequence at `bytes`, 0 when there is none. */
size_t utf8_sequence(const char *bytes, size_t size);
bool utf8_is_valid(const char *bytes, size_t size);
/* Bytes written (1..4), 0 for a surrogate or a value above U+10FFFF. */
size_t utf8_encode(uint32_t code_point, char ret_bytes[UTF8_LENGTH_MAX]);
