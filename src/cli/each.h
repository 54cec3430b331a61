/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One verb over several names, as docker does it: a failure is said and the next one is tried. */
#include "cli/command.h"

/* Runs `one` for each argument from `first` on; prints the argument after each success unless `quiet`. The
 * exit code. */
struct each {
    int (*one)(struct cli *cli, const void *options, const char *who, struct failure *failure);
    const void *options;
    bool quiet;
};
int each_argument(struct cli *cli, const struct each *each, const struct arguments *arguments);
