/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The text of a container's /etc/passwd and /etc/group, read as moby/sys/user reads them (white space around
 * a line is dropped, missing fields are empty, the first match wins), and the lines that are added for a user
 * without one. */
#include "base/failure.h"
#include "base/strings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACCOUNTS_SIZE_MAX (1u << 20) /* of either file; a million bytes of short lines are 80 MB of entries  \
                                      */
#define ACCOUNTS_LINE_MAX 65536u     /* bufio.Scanner's limit */
#define ACCOUNTS_ID_MAX 2147483647   /* moby/sys/user maxID */

/* An id as moby reads it: no number is 0, too large a number saturates; `bad` tells. */
struct account_id {
    int64_t value;
    bool bad; /* not a number, or outside 0..ACCOUNTS_ID_MAX: never run as it */
};

struct account {
    char *name, *home, *shell; /* never NULL */
    struct account_id uid, gid;
};

struct account_group {
    char *name; /* never NULL */
    struct account_id gid;
    struct strings members;
};

struct accounts {
    struct account *users;
    size_t user_count;
    struct account_group *groups;
    size_t group_count;
    size_t skipped; /* lines with a NUL byte: left out */
};

#define autoaccounts __attribute__((cleanup(accounts_free)))

struct accounts_text {
    const char *passwd, *group; /* NULL: there is no such file */
    size_t passwd_size, group_size;
};

/* 0, -ENOMEM, -EFBIG (a file or a line over the limits). */
int accounts_read(const struct accounts_text *text, struct accounts *ret_accounts,
                  struct failure *f) must_check;
void accounts_free(struct accounts *a);

/* First match or NULL; lent. */
const struct account *accounts_find_user(const struct accounts *a, const char *name);
const struct account *accounts_find_uid(const struct accounts *a, uint32_t uid);
const struct account_group *accounts_find_group(const struct accounts *a, const char *name);
const struct account_group *accounts_find_gid(const struct accounts *a, uint32_t gid);
/* The largest good id in either file, 0 when there is none ("auto" sizes a range by it). */
uint32_t accounts_largest_id(const struct accounts *a);

/* A whole decimal int64 as strconv.Atoi has it: one sign, digits, nothing else. -EINVAL, -ERANGE. */
int accounts_parse_integer(const char *text, int64_t *ret_value) must_check;

struct synthesis_request {
    uint32_t uid, gid;
    const uint32_t *groups; /* supplementary */
    size_t group_count;
    const char *name, *home,
        *shell; /* NULL or unusable (':', control bytes, taken): user<UID>, "/", "/bin/sh" */
};

/* What must be appended to each file so that uid, gid and groups have a name: "" when nothing is missing.
 * Begins with a line break when the file's last line has none; a file without any entry gets root and nobody
 * too. The caller frees both. No field can hold ':', a line break or a control byte. 0, -ENOMEM, or an error
 * of accounts_read(). */
int accounts_synthesise(const struct synthesis_request *request, const struct accounts_text *text,
                        char **ret_passwd_lines, char **ret_group_lines, struct failure *f) must_check;
