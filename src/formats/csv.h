/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One line of comma-separated values as docker's --mount and --secret take it (RFC 4180; Go's encoding/csv).
 */
#include "base/strings.h"

/* Appends the fields. -EINVAL: a line break, a quote inside a bare field, something behind a closing quote;
 * -ENOMEM. */
int csv_split(const char *text, struct strings *fields) must_check;
/* One field as csv_split() reads it back, quoted where it must be. NULL: no memory. */
char *csv_quote(const char *field) must_check;
