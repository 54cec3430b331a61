/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* --userns: which ids a container has (USERS-AND-PRIVILEGES section 2). */
#include "base/failure.h"
#include "base/strings.h"

#include <stdbool.h>
#include <stdint.h>

enum userns_kind {
    USERNS_AUTO,      /* auto[:size=N,uidmapping=C:H[:N],gidmapping=..]; also "private" and "" */
    USERNS_REMAP,     /* remap[:USER]; target: USER or NULL */
    USERNS_HOST,      /* host */
    USERNS_KEEP_ID,   /* keep-id[:uid=,gid=,size=] */
    USERNS_NOMAP,     /* nomap */
    USERNS_CONTAINER, /* container:ID; target: ID */
    USERNS_PATH,      /* ns:PATH; target: absolute PATH */
};

struct userns_mode {
    enum userns_kind kind;
    char *target;
    uint32_t size;                             /* 0: not given */
    struct strings uid_mappings, gid_mappings; /* auto: checked C:H[:N] for id_map_parse() */
    bool has_uid, has_gid;
    uint32_t uid, gid; /* keep-id */
};

#define autouserns __attribute__((cleanup(userns_mode_free)))

/* NULL and "" are auto. -EINVAL with a sentence that names the nearest right word. */
int userns_mode_parse(const char *text, struct userns_mode *ret_mode, struct failure *f) must_check;
void userns_mode_free(struct userns_mode *m);
