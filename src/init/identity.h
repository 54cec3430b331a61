/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Whom to become: "USER[:GROUP]" resolved against the container's own passwd and group files. */
#include "init/accounts.h"

#define IDENTITY_GROUPS_MAX 256

struct identity {
    uint32_t uid, gid;
    uint32_t groups[IDENTITY_GROUPS_MAX]; /* supplementary, never 0, no duplicates */
    size_t group_count;
    char name[64];    /* "" when the uid has no passwd line */
    char home[512];   /* "" when unknown */
    bool has_entry;   /* a passwd line was found */
    bool named_group; /* the spec named a group, so no supplementary groups come from the group file */
};

/* The table of docs/users "--user": split at the first ':', digits are always a number, a name must be in
 * passwd (group), a uid without a line gets gid = uid, supplementary groups only without a GROUP, what
 * follows a second ':' is not looked at. Stricter: ids are 1..2147483647 without sign or space, an empty user
 * is refused. uid 0 and gid 0, by whatever name, are refused with EXIT_WOULD_BE_ROOT unless `allow_root`. */
int identity_resolve(const char *spec, const struct accounts *accounts, bool allow_root,
                     struct identity *ret_identity, struct failure *f) must_check;

/* The identity of a process that stays who it is: ids as given, name and home from passwd by uid. */
void identity_of_process(uint32_t uid, uint32_t gid, const struct accounts *accounts,
                         struct identity *ret_identity);

/* A number or a name of the group file; `what` begins the message. Group 0 as above. */
int group_resolve(struct span word, const struct accounts *accounts, bool allow_root, uint32_t *ret_gid,
                  struct failure *f) must_check;

/* Adds a supplementary group; 0 and duplicates are left out. -E2BIG above IDENTITY_GROUPS_MAX. */
int identity_add_group(struct identity *identity, uint32_t gid, struct failure *f) must_check;

/* What setgroups(2) held at the start, less what the group file gives to the account `started_as` and its own
 * group: that is, the groups that the engine added (docker --group-add), which are kept. */
struct inherited_groups {
    const uint32_t *groups;
    size_t count;
    uint32_t uid, gid; /* of the process as it was started */
};
int identity_keep_engine_groups(struct identity *identity, const struct inherited_groups *inherited,
                                const struct accounts *accounts, struct failure *f) must_check;
