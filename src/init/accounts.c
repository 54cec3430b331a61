/* SPDX-License-Identifier: Apache-2.0 */
#include "init/accounts.h"

#include "init/files.h"

#include <errno.h>
#include <stdlib.h>

#define FILE_MAX (4u << 20)
#define KERNEL_ID_MAX 4294967294u /* (uid_t)-1 means "no change" */

int accounts_read(struct accounts *ret_accounts, struct failure *f)
{
    struct accounts a = {{NULL, 0}, {NULL, 0}};
    int r = file_read("/etc/passwd", FILE_MAX, &a.passwd);
    if (r < 0 && r != -ENOENT && r != -ENOTDIR)
        return fail_system(f, r, "reading /etc/passwd");
    r = file_read("/etc/group", FILE_MAX, &a.group);
    if (r < 0 && r != -ENOENT && r != -ENOTDIR) {
        accounts_free(&a);
        return fail_system(f, r, "reading /etc/group");
    }
    *ret_accounts = a;
    return 0;
}

void accounts_free(struct accounts *a)
{
    free((void *)a->passwd.data);
    free((void *)a->group.data);
    *a = (struct accounts){{NULL, 0}, {NULL, 0}};
}

static bool parse_id(struct span field, uint32_t *ret_id)
{
    uint64_t value;
    if (span_number(field, KERNEL_ID_MAX, &value) < 0)
        return false;
    *ret_id = (uint32_t)value;
    return true;
}

bool passwd_line_parse(struct span line, struct passwd_line *ret_line)
{
    struct passwd_line l = {.line = line};
    struct span rest = line;
    l.name = span_cut(&rest, ':');
    (void)span_cut(&rest, ':'); /* the password field */
    struct span uid = span_cut(&rest, ':');
    struct span gid = span_cut(&rest, ':');
    (void)span_cut(&rest, ':'); /* the comment */
    l.home = span_cut(&rest, ':');
    if (l.name.length == 0 || !parse_id(uid, &l.uid) || !parse_id(gid, &l.gid))
        return false;
    *ret_line = l;
    return true;
}

bool group_line_parse(struct span line, struct group_line *ret_line)
{
    struct group_line l = {.line = line};
    struct span rest = line;
    l.name = span_cut(&rest, ':');
    (void)span_cut(&rest, ':'); /* the password field */
    struct span gid = span_cut(&rest, ':');
    l.members = span_cut(&rest, ':');
    if (l.name.length == 0 || !parse_id(gid, &l.gid))
        return false;
    *ret_line = l;
    return true;
}

bool passwd_find_name(const struct accounts *a, struct span name, struct passwd_line *ret_line)
{
    for (struct span rest = a->passwd; rest.data;)
        if (passwd_line_parse(span_cut(&rest, '\n'), ret_line) && span_equal(ret_line->name, name))
            return true;
    return false;
}

bool passwd_find_uid(const struct accounts *a, uint32_t uid, struct passwd_line *ret_line)
{
    for (struct span rest = a->passwd; rest.data;)
        if (passwd_line_parse(span_cut(&rest, '\n'), ret_line) && ret_line->uid == uid)
            return true;
    return false;
}

bool group_find_name(const struct accounts *a, struct span name, struct group_line *ret_line)
{
    for (struct span rest = a->group; rest.data;)
        if (group_line_parse(span_cut(&rest, '\n'), ret_line) && span_equal(ret_line->name, name))
            return true;
    return false;
}

bool group_find_gid(const struct accounts *a, uint32_t gid, struct group_line *ret_line)
{
    for (struct span rest = a->group; rest.data;)
        if (group_line_parse(span_cut(&rest, '\n'), ret_line) && ret_line->gid == gid)
            return true;
    return false;
}

bool group_line_has(const struct group_line *line, struct span name)
{
    for (struct span rest = line->members; rest.data;)
        if (span_equal(span_cut(&rest, ','), name) && name.length > 0)
            return true;
    return false;
}
