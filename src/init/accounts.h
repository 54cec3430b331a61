/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* /etc/passwd and /etc/group, read by hand: NSS, locale and library code have no place before the drop. */
#include "init/failure.h"
#include "init/span.h"

#define ID_MAX 2147483647u /* moby/sys/user: ids above are an error */

struct accounts {
    struct span passwd, group; /* empty when the file is missing */
};

struct passwd_line {
    struct span line; /* without its newline */
    struct span name, home;
    uint32_t uid, gid;
};

struct group_line {
    struct span line;
    struct span name, members;
    uint32_t gid;
};

/* Reads both files below `root` ("" for the real ones). A missing file is an empty one; above 4 MiB, not a
 * regular file or unreadable: fails. The texts stay until accounts_free(). */
int accounts_read(struct accounts *ret_accounts, struct failure *f) must_check;
void accounts_free(struct accounts *a);

/* Take the next line off `rest` and parse it. False for a line that is none: too few fields, an empty name,
 * an id that is not strictly decimal or above 4294967294. Such lines do not exist for us. */
bool passwd_line_parse(struct span line, struct passwd_line *ret_line);
bool group_line_parse(struct span line, struct group_line *ret_line);

/* First match, as moby/sys/user and getpwnam(3) have it. */
bool passwd_find_name(const struct accounts *a, struct span name, struct passwd_line *ret_line);
bool passwd_find_uid(const struct accounts *a, uint32_t uid, struct passwd_line *ret_line);
bool group_find_name(const struct accounts *a, struct span name, struct group_line *ret_line);
bool group_find_gid(const struct accounts *a, uint32_t gid, struct group_line *ret_line);
/* True when `name` stands in the member list of the line. */
bool group_line_has(const struct group_line *line, struct span name);
