/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The variables that say something about registries, read once. */
#include "base/failure.h"
#include "formats/docker_config.h"
#include "registry/environment.h"

/* Options that all commands have that speak to a registry; the member `registry` of their options. */
struct registry_flags {
    char *authfile, *creds;
    int tls_verify;                          /* -1: not given */
    struct registry_credentials credentials; /* of creds, once it was read */
};

#define REGISTRY_FLAGS_NONE                                                                                  \
    {                                                                                                        \
        .tls_verify = -1                                                                                     \
    }
/* Rows for struct option[]. */
#define REGISTRY_AUTHFILE_ROW(type)                                                                          \
    {                                                                                                        \
        "authfile", 0, OPTION_STRING, OPTION(type, registry.authfile), "FILE",                               \
            "Credentials (default: podman's and docker's files)"                                             \
    }
#define REGISTRY_CREDS_ROW(type)                                                                             \
    {                                                                                                        \
        "creds", 0, OPTION_STRING, OPTION(type, registry.creds), "USER:PASSWORD",                            \
            "For this registry, instead of what is kept; others can see it (ps): better login"               \
    }
#define REGISTRY_TLS_ROW(type)                                                                               \
    {                                                                                                        \
        "tls-verify", 0, OPTION_TRISTATE, OPTION(type, registry.tls_verify), NULL,                           \
            "https with a good certificate; =false: any, or http (default: as configured)"                   \
    }

/* --all-tags with a NAME that has a tag or digest: what to say, and the exit code; else 0. */
struct cli;
int registry_refuse_tag(struct cli *cli, const char *name) must_check;
/* The environment and the flags, which lend what it says. -EINVAL: --creds without a colon. */
int registry_environment_read(struct registry_flags *flags, struct registry_environment *ret_environment,
                              struct failure *failure) must_check;
