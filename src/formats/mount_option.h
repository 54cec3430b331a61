/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The options of -v, --mount and --tmpfs: one table says in which of the three and for which kinds each is
 * right. */
#include "formats/mount_spec.h"

enum mount_form {
    MOUNT_FORM_VOLUME = 1, /* -v */
    MOUNT_FORM_MOUNT = 2,  /* --mount */
    MOUNT_FORM_TMPFS = 4,  /* --tmpfs */
};

struct mount_parser {
    enum mount_form form;
    const char *text; /* the whole specification, for sentences */
    struct mount_spec *mount;
    bool kind_known;
    bool read_write; /* rw was said */
    struct failure *failure;
};

const char *mount_form_name(enum mount_form form);
/* "-v /a:/b:x: SENTENCE"; always -EINVAL. */
int mount_refuse(const struct mount_parser *p, const char *format, ...) printf_like(2, 3);
/* Applies "key" or "key=value". */
int mount_option_apply(struct mount_parser *p, const char *option) must_check;
/* Only "type=": the kind decides what the other options mean. */
int mount_option_apply_type(struct mount_parser *p, const char *option) must_check;

/* owner=UID[:GID][>USER[:GROUP]] | match; idmap[=uids=..;gids=..]; bind-idmap[=match-user[:USER]|userns]. */
int mount_owner_apply(struct mount_parser *p, const char *value) must_check;
int mount_idmap_apply(struct mount_parser *p, const char *value) must_check;
int mount_bind_idmap_apply(struct mount_parser *p, const char *value) must_check;
