/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the program says besides its results: sentences on standard error, "unroot run: sentence". */
#include "base/failure.h"
#include "cli/command.h"

/* "NAME: sentence" on standard error. */
void say(const struct cli *cli, const char *format, ...) printf_like(2, 3);
/* Prints the failure and returns the command's failure code, so that `return say_failure(..)` reads well. */
int say_failure(const struct cli *cli, const struct failure *failure);
/* "NAME: sentence" and where to read on; returns EXIT_USAGE. */
int say_usage(const struct cli *cli, const char *format, ...) printf_like(2, 3);
/* Whether standard error (or output) is a terminal that wants progress lines and colour. */
bool can_show_progress(void);
/* Flushes standard output; 0, or the failure code when it could not be written (full disk, closed pipe). */
int finish_output(const struct cli *cli, int code);
