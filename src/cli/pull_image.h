/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A pull as a person sees it, for `pull` and for `run` and `create` of an image that is not here. */
#include "cli/command.h"
#include "cli/registry_environment.h"

struct pull_look {
    int fd;     /* where progress and outcome are shown */
    bool quiet; /* neither */
};

struct pull_options {
    const char *reference, *platform;
    struct registry_flags *registry;
    uint32_t attempts; /* of each request; 0: as usual */
};

/* 0, or the exit code with all said. */
int pull_image(struct cli *cli, const struct pull_options *options, const struct pull_look *look);
