/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Ways to root without a password, in sudoers(5) and doas.conf(5). Reads what those files say about one user;
 * what it does not understand (host aliases, runas lists) counts as a way: it is better told than missed. */
#include "base/strings.h"

#include <stdbool.h>
#include <stdint.h>

struct sudo_user {
    const char *name; /* NULL: the uid has no name */
    uint32_t uid;
    const struct strings *groups; /* names; NULL: none */
    const uint32_t *gids;
    size_t gid_count;
};

/* The first rule that lets the user act as another without a password: its line (1-based) and a copy of it in
 * *ret_rule (the caller's). 1: there is one, 0: none, -ENOMEM. */
int sudoers_find_nopasswd(const char *text, const struct sudo_user *user, unsigned *ret_line,
                          char **ret_rule) must_check;
int doas_find_nopass(const char *text, const struct sudo_user *user, unsigned *ret_line,
                     char **ret_rule) must_check;
