/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Paths as text: what a name means is decided by kernel/path.h when it is opened, this only tidies the
 * spelling. */
#include "base/ownership.h"

#include <stdbool.h>

#define PATH_TEXT_MAX 4095

/* As Go's path.Clean for an absolute path: no "//", ".", ".." or '/' at the end. -EINVAL: not absolute;
 * -ENAMETOOLONG: over PATH_TEXT_MAX, or a name over 255 bytes; -ENOMEM. The caller frees it. */
int path_text_clean(const char *path, char **ret_path) must_check;
/* `path` when it is absolute, else `path` below `folder` (absolute); cleaned. */
int path_text_join(const char *folder, const char *path, char **ret_path) must_check;
/* A relative path that stays below where it starts: not empty, not absolute, no ".." component. */
bool path_text_stays_below(const char *path);
