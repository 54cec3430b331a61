/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a setting means for root, written once as tables: capabilities, paths of the host, sysctls, programs.
 * Pure. */
#include <stdbool.h>
#include <stdint.h>

enum capability_reach {
    CAPABILITY_HARMLESS,
    CAPABILITY_WAY_TO_ROOT, /* leads to uid 0 or around permissions inside */
    CAPABILITY_HOST,        /* leads out to the host */
};

/* `name` with or without CAP_, any case; "ALL" reaches the host. Unknown names are harmless. */
enum capability_reach capability_reach_of(const char *name);

enum path_reach {
    PATH_PRIVATE,   /* nothing of the system's */
    PATH_SENSITIVE, /* the host's system: a writable mount is a way to its root */
    PATH_SOCKET,    /* a container runtime's socket, or a folder that holds one */
};

/* `path`: absolute path on the host. */
enum path_reach path_reach_of(const char *path);

/* Whether a sysctl is the container's own (kubernetes' and docker's lists of namespaced ones). */
bool sysctl_is_namespaced(const char *name);

/* Programs that hand over to another user: "gosu", "su-exec" .. How the user stands in their words. */
enum drop_style {
    DROP_FIRST_WORD, /* gosu USER COMMAND */
    DROP_SETPRIV,    /* --reuid USER */
    DROP_SU,         /* [-] USER -c; su --user */
    DROP_OPTION_U,   /* -u USER: chpst, runuser, sudo, s6-applyuidgid */
    DROP_CHROOT,     /* --userspec USER:GROUP */
};
/* Basename of a program; 0 with the style, -ENOENT. */
int drop_style_of(const char *program, enum drop_style *ret_style);
/* tini, dumb-init, env, exec, nice ..: run what follows. */
bool program_is_wrapper(const char *program);
/* nginx, httpd ..: the master stays root. NULL, or what the workers' setting is called. Static. */
const char *program_master(const char *program);
