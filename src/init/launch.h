/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "init/environment.h"

/* Executes command[0], searched in the environment's PATH when it has no slash. Returns only on failure:
 * f->exit_code is 127 when nothing was found and 126 when what was found cannot be executed; the sentence
 * says which file and, for a script, which interpreter is missing. */
own_frame int launch_command(char **command, const struct environment *environment, struct failure *f);
/* Finds what launch_command() would execute. 0 with the path, or -errno of the search. */
int launch_find(const char *word, const char *search_path, char *ret_path, size_t size) must_check;
