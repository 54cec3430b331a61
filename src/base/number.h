/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Strict numbers: the whole string, decimal digits only, no sign, no space, no overflow. */
#include "base/ownership.h"

#include <stdbool.h>
#include <stdint.h>

/* -EINVAL: not only digits (or empty); -ERANGE: above `max`. */
int number_parse(const char *string, uint64_t max, uint64_t *ret_value) must_check;
/* A user or group id as the kernel has them: 0..4294967294 ((uid_t)-1 means "no change", setresuid(2)). */
int number_parse_id(const char *string, uint32_t *ret_id) must_check;
/* Bytes with docker's units b k m g t (kb, kib .. too, either case; 1024 each; a fraction is allowed: 1.5g).
 */
int number_parse_size(const char *string, uint64_t *ret_bytes) must_check;
bool string_is_digits(const char *string);
