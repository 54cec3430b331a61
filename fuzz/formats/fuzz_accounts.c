/* SPDX-License-Identifier: Apache-2.0 */
/* Input: uid, gid (a byte each), name, NUL, home, NUL, shell, NUL, passwd, NUL, group. Property: with the
 * lines that are added everything that was found before is found as before, uid and gid are found, and no
 * other account came in. */
#include "base/text.h"
#include "formats/accounts.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *take(const char **at, const char *end)
{
    const char *field = *at, *stop = *at < end ? memchr(*at, '\0', (size_t)(end - *at)) : NULL;
    *at = stop ? stop + 1 : end;
    return stop ? field : "";
}

static void check_users(const struct accounts *before, const struct accounts *after,
                        const struct synthesis_request *r)
{
    size_t extra = after->user_count - before->user_count;
    size_t allowed = before->user_count == 0 ? 3 : 1;
    if (after->user_count < before->user_count || extra > allowed || !accounts_find_uid(after, r->uid))
        abort();
    for (size_t i = 0; i < before->user_count; i++)
        if (strcmp(before->users[i].name, after->users[i].name) != 0 ||
            before->users[i].uid.value != after->users[i].uid.value)
            abort();
    for (size_t i = before->user_count; i < after->user_count; i++) {
        const struct account *u = &after->users[i];
        bool given = u->uid.value == r->uid && u->gid.value == r->gid;
        bool standard = before->user_count == 0 && (u->uid.value == 0 || u->uid.value == 65534);
        if (u->uid.bad || u->gid.bad || (!given && !standard) || accounts_find_user(before, u->name))
            abort();
    }
}

static void check_groups(const struct accounts *before, const struct accounts *after,
                         const struct synthesis_request *r)
{
    if (after->group_count < before->group_count || !accounts_find_gid(after, r->gid))
        abort();
    for (size_t i = before->group_count; i < after->group_count; i++) {
        const struct account_group *g = &after->groups[i];
        bool given = g->gid.value == r->gid || g->gid.value == r->groups[0];
        bool standard = before->group_count == 0 && (g->gid.value == 0 || g->gid.value == 65534);
        if (g->gid.bad || g->members.count > 0 || (!given && !standard) ||
            accounts_find_group(before, g->name))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    const char *at = (const char *)data + 3, *end = (const char *)data + size;
    const uint32_t group = data[2];
    struct synthesis_request r = {.uid = data[0], .gid = data[1], .groups = &group, .group_count = 1};
    r.name = take(&at, end);
    r.home = take(&at, end);
    r.shell = take(&at, end);
    const char *stop = at < end ? memchr(at, '\0', (size_t)(end - at)) : NULL;
    struct accounts_text text = {.passwd = at, .passwd_size = (size_t)((stop ? stop : end) - at)};
    text.group = stop ? stop + 1 : NULL;
    text.group_size = stop ? (size_t)(end - stop - 1) : 0;
    autofree char *passwd_lines = NULL, *group_lines = NULL;
    autoaccounts struct accounts before = {0}, after = {0};
    struct failure f = {0};
    if (accounts_read(&text, &before, &f) < 0)
        return 0;
    if (accounts_synthesise(&r, &text, &passwd_lines, &group_lines, &f) < 0)
        abort();
    autotext struct text passwd = {0}, groups = {0};
    text_append_n(&passwd, text.passwd, text.passwd_size);
    text_append(&passwd, passwd_lines);
    text_append_n(&groups, text.group, text.group_size);
    text_append(&groups, group_lines);
    struct accounts_text whole = {text_peek(&passwd), text_peek(&groups), passwd.length, groups.length};
    if (accounts_read(&whole, &after, &f) < 0)
        abort();
    check_users(&before, &after, &r);
    check_groups(&before, &after, &r);
    return 0;
}
