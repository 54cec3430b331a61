/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What is known of an image, wherever it was learned: a Dockerfile's stage, a layout, an archive, our store,
 * --base, the list of well-known images. Everything is in an arena that outlives it. */
#include "audit/result.h"
#include "base/strings.h"

struct known_file {
    const char *path; /* absolute, in the image */
    const char *data; /* NULL: it is there, its content is not at hand */
    uint32_t uid, gid, mode;
    bool has_owner;
};

struct image_facts {
    const char *reference; /* "debian:12", "stage build", "scratch" */
    struct place place;
    bool known;            /* the configuration is at hand: `user` is what it says */
    bool environment_open; /* the base's variables are not at hand: one that is not set here may be set there
                            */
    bool windows;          /* a Windows image: there are no uids */
    bool listed_root;      /* only from the list of well-known images: it has no USER */
    const char *hint_user,
        *hint_folders; /* "999:999": whom it could run as; what it writes to; NULL: not known */
    const char *user;  /* Config.User as written and expanded; "" none */
    struct place user_place;
    const char *user_text; /* as written, when that differs ("${U:-root}") */
    const char *doubt;     /* why `user` could not be worked out; NULL: it could */

    bool accounts_known;        /* passwd and group are whole (scratch: empty) */
    bool accounts_tainted;      /* something else was done to passwd */
    const char *passwd, *group; /* lines that are known; NULL: none */
    const char *const *made;    /* accounts made with a uid that is not 0 but not known */
    size_t made_count;

    struct chain_link *chain; /* base first */
    size_t chain_count;

    bool command_known; /* entrypoint and command are what the image has */
    const char **entrypoint, **command;
    size_t entrypoint_count, command_count;
    bool entrypoint_shell, command_shell; /* shell form */
    struct place entrypoint_place;
    struct strings environment; /* NAME=VALUE; owned: image_facts_free() */
    const char *workdir;
    struct place workdir_place;
    const char **volumes, **ports, **triggers;
    size_t volume_count, port_count, trigger_count;
    struct known_file *files;
    size_t file_count;
    const struct image_tree *tree; /* every file of its layers; NULL: not at hand */
};

const struct known_file *image_facts_find_file(const struct image_facts *facts, const char *path);
void image_facts_free(struct image_facts *facts);
