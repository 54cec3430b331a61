/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Where export and save write: standard output unless it is a terminal, or a file that has its name only once
 * it is whole. */
#include "cli/command.h"

struct output_file {
    int fd;
    const char *path; /* NULL: standard output; lent */
    char *temporary;
};

/* Refuses a terminal: struct command .check. `path` may be NULL. */
int output_file_check(struct cli *cli, const char *path);
/* 0 or negative errno with `failure` filled. */
int output_file_open(struct output_file *o, const char *path, struct failure *failure) must_check;
/* Gives the file its name, or (`good` false) takes it away. Always closes. */
int output_file_close(struct output_file *o, bool good, struct failure *failure) must_check;
