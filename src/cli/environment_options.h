/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* -e, --env-file, -l, --label-file: files first, then what was said on the line. */
#include "base/failure.h"
#include "base/strings.h"

/* NAME=VALUE items into `ret_list`; NAME alone is taken from this process's environment. */
int environment_collect(const struct strings *files, const struct strings *assignments,
                        struct strings *ret_list, struct failure *failure) must_check;
/* As above; NAME alone is NAME= . */
int labels_collect(const struct strings *files, const struct strings *assignments, struct strings *ret_list,
                   struct failure *failure) must_check;
