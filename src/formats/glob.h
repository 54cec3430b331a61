/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Go's filepath.Match for one element of a path, which COPY and ADD match their sources by: * ? [a-z] [^a]
 * and the escape \. Characters are UTF-8. */
#include "base/ownership.h"

#include <stdbool.h>

/* Whether something in it is no plain character; what stands behind a \ is one. */
bool glob_is_pattern(const char *text);
/* -EINVAL: a bracket that is not closed, an empty class or range, nothing behind a \. */
int glob_check(const char *pattern) must_check;
/* The pattern must have passed glob_check(); it begins and ends with the name. */
bool glob_match(const char *pattern, const char *name);
