/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the environment asks for: PUID, PGID, UMASK, UNROOT_GROUPS, secrets by file. */
#include "init/environment.h"

struct settings {
    bool has_uid, has_gid;
    uint32_t uid, gid; /* PUID, PGID: never 0 */
    bool has_umask;
    uint32_t umask;
    const char *groups; /* UNROOT_GROUPS, NULL: not set */
    bool allow_root;    /* --allow-root: set by the caller */
};

/* Reads and checks; changes nothing. PUID or PGID that is 0 or no id fails with EXIT_WOULD_BE_ROOT, a bad
 * UMASK with EXIT_BAD_USAGE. An empty variable is as good as none. */
int settings_parse(char *const *environment, struct settings *ret_settings, struct failure *f) must_check;

/* The named account under its new ids: identity.uid and gid become PUID and PGID where given; without a spec
 * PUID alone says who it is. Fails with EXIT_WOULD_BE_ROOT when neither names anybody. */
int settings_resolve(const struct settings *s, const char *spec, const struct accounts *accounts,
                     struct identity *ret_identity, struct failure *f) must_check;

/* Makes passwd and group say what settings_resolve() decided: `before` is the account as the files have it.
 * Says one line for what it changes, for an id that was taken and for files that cannot be changed (a
 * read-only root, a bind mount): none of it is a failure. `only_say`: changes nothing. */
void settings_update_files(const struct identity *identity, const struct accounts *accounts, bool only_say);
