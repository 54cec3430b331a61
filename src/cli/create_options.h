/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The options that run and create share, bound to the engine's request. */
#include "cli/command.h"
#include "cli/registry_environment.h"
#include "engine/request.h"

struct create_options {
    struct container_request request;
    struct strings env, env_files, labels, label_files, networks, log_opts, attach;
    char *entrypoint, *log_driver, *cidfile, *pull, *platform;
    struct registry_flags registry; /* for a pull */
    bool quiet, replace;
    int sig_proxy; /* only run: -1 = as usual */
};

#define CREATE_NOTES                                                                                         \
    "What follows IMAGE belongs to the container's command.\n"                                               \
    "No process of a container is root on the host; unless the image asks for it, none is root inside "      \
    "either."

extern const struct option create_rows[];
extern const struct create_options create_defaults;

/* Takes what is left of the line (IMAGE [COMMAND] [ARG...]) and fills the request. -EINVAL, -ENOTSUP: usage.
 */
int create_options_finish(struct create_options *o, const struct arguments *arguments,
                          struct failure *failure) must_check;
/* What the request owns; its memory is all zero afterwards. */
void create_options_release(struct create_options *o);
/* struct command .check of run and create. */
int create_options_check(struct cli *cli, void *options, const struct arguments *arguments);
/* Makes the container: --cidfile, --replace, a missing image with its remedy. 0 or the exit code, all said.
 */
int create_container(struct cli *cli, struct create_options *o, char *ret_id);
