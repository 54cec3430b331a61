/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What an entrypoint becomes: through wrappers, shells and scripts to a program that hands over to another
 * user, or to a master that stays root. */
#include "audit/image_facts.h"

enum fate {
    FATE_STAYS,   /* runs as it was started */
    FATE_DROPS,   /* hands over: `user` says to whom (after expansion, unresolved) */
    FATE_MASTER,  /* nginx & co: the master stays */
    FATE_UNKNOWN, /* a script or command that is not at hand decides */
};

struct command_fate {
    enum fate fate;
    const char *user; /* FATE_DROPS */
    const char *how;  /* "exec gosu redis (docker-entrypoint.sh:13)", "nginx"; "" */
    const char
        *renumbered;     /* "usermod": what changes the number of accounts before; NULL: nothing was seen */
    const char *as_root; /* what runs before, as root: "chown, find"; "" when nothing was seen */
    struct place place;  /* of the line that drops; file NULL: the command itself */
};

/* Judges the image's entrypoint and command, or the ones that replace them (NULL: the image's). */
struct command_words {
    const char *const *entrypoint;
    size_t entrypoint_count;
    bool entrypoint_given;
    const char *const *command;
    size_t command_count;
    bool command_given;
    bool entrypoint_shell, command_shell; /* shell form, of given words */
};
int command_fate(struct arena *arena, const struct image_facts *image, const struct command_words *given,
                 struct command_fate *ret_fate) must_check;
