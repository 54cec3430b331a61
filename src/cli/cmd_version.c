/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include <stdio.h>
#include <sys/utsname.h>

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct utsname kernel;
    printf("unroot:\n Version:  %s\n", UNROOT_VERSION);
    if (uname(&kernel) == 0)
        printf(" OS/Arch:  linux/%s\n Kernel:   %s\n", kernel.machine, kernel.release);
    return 0;
}

static const struct option *const tables[] = {NULL};

const struct command cmd_version = {
    .name = "version",
    .usage = "[OPTIONS]",
    .summary = "Show the version of unroot",
    .options = {.tables = tables},
    .run = run,
};
