/* SPDX-License-Identifier: Apache-2.0 */
/* The passwd and group lines that a user without an entry gets: initdb, ssh, Java, git and whoami fail
 * without one. */
#include "base/text.h"
#include "formats/accounts.h"

#include <errno.h>
#include <string.h>

#define NAME_MAX_LENGTH 32 /* useradd(8) */

/* A field of a line: not empty, no ':' and no control byte, so that it cannot end the field or the line. */
static bool field_is_usable(const char *field)
{
    if (!field || field[0] == '\0' || strlen(field) > 4095)
        return false;
    for (const char *p = field; *p != '\0'; p++)
        if (*p == ':' || (unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return true;
}

/* A name that tools take for a name: not a number, no blank, no leading '-' or '+', no ','. */
static bool name_is_usable(const char *name)
{
    return field_is_usable(name) && strlen(name) <= NAME_MAX_LENGTH && strpbrk(name, " ,/\\") == NULL &&
           name[strspn(name, "0123456789")] != '\0' && name[0] != '-' && name[0] != '+' && name[0] != '#';
}

static bool user_is_taken(const struct accounts *a, const char *name)
{
    return accounts_find_user(a, name) != NULL;
}

static bool group_is_taken(const struct accounts *a, const char *name)
{
    return accounts_find_group(a, name) != NULL;
}

/* "user1000", or with '_' behind it as long as an entry has that name; NULL: no memory. */
static char *make_name(const struct accounts *a, const char *stem, uint32_t id,
                       bool (*is_taken)(const struct accounts *, const char *))
{
    autotext struct text name = {0};
    text_printf(&name, "%s%u", stem, id);
    while (text_error(&name) == 0 && is_taken(a, text_peek(&name)))
        text_append_char(&name, '_');
    return text_take(&name);
}

static int write_user(const struct synthesis_request *request, const struct accounts *a, struct text *lines)
{
    autofree char *made = NULL;
    const char *name = request->name;
    if (!name_is_usable(name) || user_is_taken(a, name)) {
        made = make_name(a, "user", request->uid, user_is_taken);
        name = made;
    }
    if (!name)
        return -ENOMEM;
    const char *home = field_is_usable(request->home) ? request->home : "/";
    const char *shell = field_is_usable(request->shell) ? request->shell : "/bin/sh";
    text_printf(lines, "%s:x:%u:%u::%s:%s\n", name, request->uid, request->gid, home, shell);
    return text_error(lines);
}

static int write_group(const struct accounts *a, uint32_t gid, struct text *lines)
{
    autofree char *name = make_name(a, "group", gid, group_is_taken);
    if (!name)
        return -ENOMEM;
    text_printf(lines, "%s:x:%u:\n", name, gid);
    return text_error(lines);
}

static int write_groups(const struct synthesis_request *request, const struct accounts *a, struct text *lines)
{
    bool empty = a->group_count == 0;
    if (empty)
        text_append(lines, "root:x:0:\nnogroup:x:65534:\n");
    for (size_t i = 0; i <= request->group_count; i++) {
        uint32_t gid = i == 0 ? request->gid : request->groups[i - 1];
        bool known = accounts_find_gid(a, gid) || (empty && (gid == 0 || gid == 65534));
        for (size_t j = 0; j < i && !known; j++)
            known = gid == (j == 0 ? request->gid : request->groups[j - 1]);
        int r = known ? 0 : write_group(a, gid, lines);
        if (r < 0)
            return r;
    }
    return text_error(lines);
}

/* Ends a last line that has no line break, so that ours is not a part of it. */
static void end_last_line(const char *data, size_t size, struct text *lines)
{
    if (data && size > 0 && data[size - 1] != '\n')
        text_append_char(lines, '\n');
}

int accounts_synthesise(const struct synthesis_request *request, const struct accounts_text *text,
                        char **ret_passwd_lines, char **ret_group_lines, struct failure *f)
{
    autoaccounts struct accounts a = {0};
    int r = accounts_read(text, &a, f);
    if (r < 0)
        return r;
    autotext struct text passwd = {0}, group = {0}, passwd_lines = {0}, group_lines = {0};
    bool empty = a.user_count == 0;
    if (empty)
        text_append(&passwd,
                    "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n");
    bool known =
        accounts_find_uid(&a, request->uid) || (empty && (request->uid == 0 || request->uid == 65534));
    r = known ? text_error(&passwd) : write_user(request, &a, &passwd);
    if (r < 0 || (r = write_groups(request, &a, &group)) < 0)
        return fail(f, r, "writing passwd and group lines");
    if (passwd.length > 0)
        end_last_line(text->passwd, text->passwd_size, &passwd_lines);
    if (group.length > 0)
        end_last_line(text->group, text->group_size, &group_lines);
    text_append_n(&passwd_lines, text_peek(&passwd), passwd.length);
    text_append_n(&group_lines, text_peek(&group), group.length);
    autofree char *passwd_text = text_take(&passwd_lines);
    autofree char *group_text = text_take(&group_lines);
    if (!passwd_text || !group_text)
        return fail(f, -ENOMEM, "writing passwd and group lines");
    *ret_passwd_lines = TAKE_PTR(passwd_text);
    *ret_group_lines = TAKE_PTR(group_text);
    return 0;
}
