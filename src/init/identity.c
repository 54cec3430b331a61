/* SPDX-License-Identifier: Apache-2.0 */
#include "init/identity.h"

#include <errno.h>

static int parse_number(struct span word, const char *what, uint32_t *ret_id, struct failure *f)
{
    uint64_t value;
    if (span_number(word, ID_MAX, &value) < 0)
        return fail_usage(f, "%s %.*s is out of range: ids are 1 to %u", what, (int)word.length, word.data,
                          ID_MAX);
    *ret_id = (uint32_t)value;
    return 0;
}

/* "-1" and "+0" are numbers to other tools: never let one of them become a name here. */
static bool has_sign(struct span word)
{
    struct span digits = {word.data + 1, word.length ? word.length - 1 : 0};
    return word.length > 1 && (word.data[0] == '-' || word.data[0] == '+') && span_is_digits(digits);
}

static int refuse_sign(struct span word, const char *what, struct failure *f)
{
    return fail_usage(f, "%s %.*s: an id is decimal digits alone, without a sign", what, (int)word.length,
                      word.data);
}

int group_resolve(struct span word, const struct accounts *accounts, bool allow_root, uint32_t *ret_gid,
                  struct failure *f)
{
    uint32_t gid = UINT32_MAX;
    struct group_line line;
    if (has_sign(word))
        return refuse_sign(word, "group", f);
    if (span_is_digits(word)) {
        int r = parse_number(word, "group", &gid, f);
        if (r < 0)
            return r;
    } else if (group_find_name(accounts, word, &line)) {
        gid = line.gid;
    } else {
        return fail_usage(f, "group %.*s is not in /etc/group", (int)word.length, word.data);
    }
    if (gid > ID_MAX)
        return fail_usage(f, "group %.*s is %u in /etc/group: ids are 1 to %u", (int)word.length, word.data,
                          gid, ID_MAX);
    if (gid == 0 && !allow_root)
        return fail_root(f,
                         "group %.*s is gid 0, the root group: name another one (USER:GROUP) or give "
                         "--allow-root",
                         (int)word.length, word.data);
    *ret_gid = gid;
    return 0;
}

int identity_add_group(struct identity *identity, uint32_t gid, struct failure *f)
{
    if (gid == 0)
        return 0;
    for (size_t i = 0; i < identity->group_count; i++)
        if (identity->groups[i] == gid)
            return 0;
    if (identity->group_count == IDENTITY_GROUPS_MAX) {
        fail_usage(f, "more than %d supplementary groups", IDENTITY_GROUPS_MAX);
        return -E2BIG;
    }
    identity->groups[identity->group_count++] = gid;
    return 0;
}

static int add_member_groups(struct identity *identity, struct span name, const struct accounts *accounts,
                             struct failure *f)
{
    struct group_line line;
    for (struct span rest = accounts->group; rest.data;) {
        if (!group_line_parse(span_cut(&rest, '\n'), &line) || !group_line_has(&line, name))
            continue;
        int r = line.gid > ID_MAX ? 0 : identity_add_group(identity, line.gid, f);
        if (r < 0)
            return r;
    }
    return 0;
}

static void take_entry(struct identity *identity, const struct passwd_line *line)
{
    identity->has_entry = true;
    identity->gid = line->gid;
    (void)span_copy(line->name, identity->name, sizeof(identity->name)); /* too long: no USER is set */
    (void)span_copy(line->home, identity->home, sizeof(identity->home)); /* too long: HOME is / */
}

/* The user half of the spec: uid, and gid, name and home where a line has them. */
static int resolve_user(struct span user, const struct accounts *accounts, struct identity *identity,
                        struct passwd_line *ret_line, struct failure *f)
{
    if (has_sign(user))
        return refuse_sign(user, "user", f);
    if (span_is_digits(user)) {
        int r = parse_number(user, "user", &identity->uid, f);
        if (r < 0)
            return r;
        identity->gid = identity->uid;
        if (passwd_find_uid(accounts, identity->uid, ret_line))
            take_entry(identity, ret_line);
        return 0;
    }
    if (!passwd_find_name(accounts, user, ret_line))
        return fail_usage(f, "user %.*s is not in /etc/passwd", (int)user.length, user.data);
    identity->uid = ret_line->uid;
    take_entry(identity, ret_line);
    if (identity->uid > ID_MAX || identity->gid > ID_MAX)
        return fail_usage(f, "user %.*s is %u:%u in /etc/passwd: ids are 1 to %u", (int)user.length,
                          user.data, identity->uid, identity->gid, ID_MAX);
    return 0;
}

int identity_resolve(const char *spec, const struct accounts *accounts, bool allow_root,
                     struct identity *ret_identity, struct failure *f)
{
    struct identity identity = {.uid = UINT32_MAX};
    struct passwd_line line;
    struct span rest = span_of(spec);
    struct span user = span_cut(&rest, ':'), group = span_cut(&rest, ':');
    if (user.length == 0)
        return fail_usage(f, "\"%s\" names no user: that would mean root", spec);
    int r = resolve_user(user, accounts, &identity, &line, f);
    if (r < 0)
        return r;
    if (identity.uid == 0 && !allow_root)
        return fail_root(f, "user %.*s is uid 0: name another user or give --allow-root", (int)user.length,
                         user.data);
    identity.named_group = group.length > 0;
    if (identity.named_group) {
        r = group_resolve(group, accounts, allow_root, &identity.gid, f);
        if (r < 0)
            return r;
    }
    if (identity.gid == 0 && !allow_root)
        return fail_root(f,
                         "user %.*s has gid 0, the root group: name another one (USER:GROUP) or give "
                         "--allow-root",
                         (int)user.length, user.data);
    if (!identity.named_group && identity.has_entry) {
        r = add_member_groups(&identity, line.name, accounts, f);
        if (r < 0)
            return r;
    }
    *ret_identity = identity;
    return 0;
}

void identity_of_process(uint32_t uid, uint32_t gid, const struct accounts *accounts,
                         struct identity *ret_identity)
{
    struct passwd_line line;
    *ret_identity = (struct identity){.uid = uid};
    if (passwd_find_uid(accounts, uid, &line))
        take_entry(ret_identity, &line);
    ret_identity->gid = gid;
}

int identity_keep_engine_groups(struct identity *identity, const struct inherited_groups *inherited,
                                const struct accounts *accounts, struct failure *f)
{
    struct identity started = {.uid = inherited->uid};
    struct passwd_line line;
    if (passwd_find_uid(accounts, inherited->uid, &line)) {
        int r = add_member_groups(&started, line.name, accounts, f);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < inherited->count; i++) {
        uint32_t gid = inherited->groups[i];
        bool own = gid == inherited->gid;
        for (size_t j = 0; j < started.group_count && !own; j++)
            own = started.groups[j] == gid;
        int r = own ? 0 : identity_add_group(identity, gid, f);
        if (r < 0)
            return r;
    }
    return 0;
}
