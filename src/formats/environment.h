/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* -e and --env-file by docker's rules (docker/cli pkg/kvfile). */
#include "base/failure.h"
#include "base/strings.h"

#include <stddef.h>

#define ENVIRONMENT_FILE_MAX (1u << 20)

/* -e NAME=VALUE sets it; -e NAME takes it from `host` (NAME=VALUE items; may be NULL) or, when not set there,
 * does nothing. A later one replaces an earlier one. -EINVAL: no name; -ENOMEM. */
int environment_add(const char *assignment, const struct strings *host, struct strings *list,
                    struct failure *f) must_check;

struct environment_file {
    const char *name; /* for sentences */
    const char *data;
    size_t size;
};
/* Lines NAME=VALUE (the value verbatim, quotes too), NAME alone, blank, '#' after blanks; a byte order mark
 * is skipped. -EINVAL with file and line: blanks in a name, no name, invalid UTF-8, a NUL byte; -EFBIG;
 * -ENOMEM. */
int environment_read_file(const struct environment_file *file, const struct strings *host,
                          struct strings *list, struct failure *f) must_check;
/* --label-file, --label NAME[=VALUE]: as environment_*, but a NAME alone is NAME= . */
int label_add(const char *assignment, struct strings *list, struct failure *f) must_check;
int label_read_file(const struct environment_file *file, struct strings *list, struct failure *f) must_check;
