/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Questions to a person at the terminal, and secrets from standard input. */
#include "base/ownership.h"

#include <stdbool.h>

/* One line, without its end; the caller frees it. `secret`: the terminal does not show it. -ENOTTY: standard
 * input is no terminal; -ENODATA: the end of the input; -EFBIG. */
int prompt_line(const char *question, bool secret, char **ret_line) must_check;
/* All of standard input without the last end of line. -ENODATA: nothing; -EFBIG; -EINVAL: a NUL is in it. */
int secret_read_stdin(char **ret_secret) must_check;
