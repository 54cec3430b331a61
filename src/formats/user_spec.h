/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Whom a container runs as: --user / USER / process.user against the container's own passwd and group files
 * (moby/sys/user GetExecUser; USERS-AND-PRIVILEGES section 1). */
#include "base/failure.h"
#include "base/strings.h"
#include "formats/accounts.h"

#include <stdbool.h>
#include <stdint.h>

enum user_rules {
    USER_RULES_OCI,    /* docker's: a uid without an entry has gid 0; ":" and ":gid" are root */
    USER_RULES_ENGINE, /* ours: a uid without an entry has gid = uid; ":" and ":gid" are refused */
};

/* Where a part of an identity came from. */
enum identity_origin {
    IDENTITY_DEFAULT, /* nobody said anything: root, home "/", shell "/bin/sh" */
    IDENTITY_GIVEN,   /* a number in the specification or a --group-add */
    IDENTITY_PASSWD,  /* the container's /etc/passwd */
    IDENTITY_GROUP,   /* the container's /etc/group */
    IDENTITY_UID,     /* gid taken from the uid */
    IDENTITY_HOST,    /* --group-add host:NAME */
};

struct user_host_group {
    const char *name; /* NAME of --group-add host:NAME */
    uint32_t gid;     /* the gid that it shall have inside; the caller chose it */
};

struct user_spec_input {
    enum user_rules rules;
    const char *spec; /* NULL is "" */
    struct accounts_text accounts;
    const struct strings *group_add; /* NULL: none. "44", "video", "host:video", "keep-groups" */
    const struct user_host_group *host_groups;
    size_t host_group_count;
};

/* setgroups(2) must be given `gid` too, not only `groups`: else a setgid file leaves its own group
 * (CVE-2022-36109). */
struct identity {
    uint32_t uid, gid;
    uint32_t *groups; /* supplementary, each once, in the order found */
    enum identity_origin *group_origins;
    size_t group_count;
    bool keep_groups; /* "keep-groups": the caller's own groups stay (podman) */
    char *name;       /* NULL: the uid has no entry */
    char *home;       /* never NULL */
    char *shell;      /* never NULL */
    enum identity_origin uid_origin, gid_origin, home_origin, shell_origin;
};

#define autoidentity __attribute__((cleanup(identity_free)))

/* 0; -ENOENT: no such user or group ("unable to find user X: no matching entries in passwd file"); -ERANGE
 * ("uids and gids must be in range 0-2147483647"); -EINVAL: refused by the engine's rules; -EFBIG, -ENOMEM.
 */
int user_spec_resolve(const struct user_spec_input *input, struct identity *ret_identity,
                      struct failure *f) must_check;
void identity_free(struct identity *i);
/* "given", "passwd", "group file", "same as uid", "default", "host": for inspect. */
const char *identity_origin_name(enum identity_origin origin);
