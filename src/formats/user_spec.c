/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/user_spec.h"

#include <errno.h>
#include <string.h>

/* What the resolution works with; the strings are freed by the caller of the steps. */
struct resolution {
    const struct user_spec_input *input;
    const struct accounts *accounts;
    const char *user, *group; /* the two halves of the specification; "" when not there */
    const struct account *match;
    struct identity *identity;
    struct failure *failure;
};

static int refuse_range(struct failure *f)
{
    return refuse(f, -ERANGE, "uids and gids must be in range 0-%d", ACCOUNTS_ID_MAX);
}

/* The id of an entry. docker takes what is no number for 0; the engine does not make anybody root by a typing
 * error. */
static int entry_id(const struct resolution *s, const struct account_id *id, const char *entry,
                    uint32_t *ret_id)
{
    if (id->value < 0 || id->value > ACCOUNTS_ID_MAX) {
        (void)refuse_range(s->failure);
        return fail_within(s->failure, "the entry of %s in the container's account files", entry);
    }
    if (id->bad && s->input->rules == USER_RULES_ENGINE)
        return refuse(s->failure, -EINVAL, "an id of %s in the container's account files is not a number",
                      entry);
    *ret_id = (uint32_t)id->value;
    return 0;
}

static const struct account *match_uid(const struct resolution *s, int64_t uid)
{
    for (size_t i = 0; i < s->accounts->user_count; i++) {
        const struct account *u = &s->accounts->users[i];
        if (u->uid.value == uid && (!u->uid.bad || s->input->rules == USER_RULES_OCI))
            return u;
    }
    return NULL;
}

static int take_account(struct resolution *s, const struct account *match)
{
    struct identity *i = s->identity;
    int r = entry_id(s, &match->uid, match->name, &i->uid);
    if (r == 0)
        r = entry_id(s, &match->gid, match->name, &i->gid);
    if (r < 0)
        return r;
    s->match = match;
    i->gid_origin = IDENTITY_PASSWD;
    if (match->name[0] != '\0' && !(i->name = strdup(match->name)))
        return fail(s->failure, -ENOMEM, "resolving user %s", s->user);
    return 0;
}

/* A uid without an entry. */
static int take_number(struct resolution *s, int64_t uid)
{
    struct identity *i = s->identity;
    if (uid < 0 || uid > ACCOUNTS_ID_MAX)
        return refuse_range(s->failure);
    i->uid = (uint32_t)uid;
    i->gid = 0;
    i->gid_origin = IDENTITY_DEFAULT;
    if (s->input->rules == USER_RULES_ENGINE) {
        i->gid = i->uid;
        i->gid_origin = IDENTITY_UID;
    }
    return 0;
}

static int resolve_user(struct resolution *s)
{
    int64_t uid = 0;
    bool numeric = s->user[0] == '\0' || accounts_parse_integer(s->user, &uid) == 0;
    if (s->user[0] == '\0')
        s->identity->uid_origin = IDENTITY_DEFAULT;
    else
        s->identity->uid_origin = numeric ? IDENTITY_GIVEN : IDENTITY_PASSWD;
    const struct account *match = numeric ? match_uid(s, uid) : accounts_find_user(s->accounts, s->user);
    if (match)
        return take_account(s, match);
    if (!numeric)
        return refuse(s->failure, -ENOENT, "unable to find user %s: no matching entries in passwd file",
                      s->user);
    return take_number(s, uid);
}

static int resolve_group(struct resolution *s)
{
    int64_t gid;
    if (s->group[0] == '\0')
        return 0;
    if (accounts_parse_integer(s->group, &gid) == 0) {
        if (gid < 0 || gid > ACCOUNTS_ID_MAX)
            return refuse_range(s->failure);
        s->identity->gid = (uint32_t)gid;
        s->identity->gid_origin = IDENTITY_GIVEN;
        return 0;
    }
    const struct account_group *group = accounts_find_group(s->accounts, s->group);
    if (!group)
        return refuse(s->failure, -ENOENT, "unable to find group %s: no matching entries in group file",
                      s->group);
    s->identity->gid_origin = IDENTITY_GROUP;
    return entry_id(s, &group->gid, group->name, &s->identity->gid);
}

static int add_group(struct resolution *s, uint32_t gid, enum identity_origin origin)
{
    struct identity *i = s->identity;
    for (size_t k = 0; k < i->group_count; k++)
        if (i->groups[k] == gid)
            return 0;
    uint32_t *groups = reallocarray(i->groups, i->group_count + 1, sizeof(*groups));
    if (!groups)
        return fail(s->failure, -ENOMEM, "adding group %u", gid);
    i->groups = groups;
    enum identity_origin *origins = reallocarray(i->group_origins, i->group_count + 1, sizeof(*origins));
    if (!origins)
        return fail(s->failure, -ENOMEM, "adding group %u", gid);
    i->group_origins = origins;
    groups[i->group_count] = gid;
    origins[i->group_count++] = origin;
    return 0;
}

/* The groups that list the user, only when no group was given. */
static int add_memberships(struct resolution *s)
{
    if (s->group[0] != '\0' || !s->match || s->match->name[0] == '\0')
        return 0;
    for (size_t k = 0; k < s->accounts->group_count; k++) {
        const struct account_group *group = &s->accounts->groups[k];
        if (!strings_contain(&group->members, s->match->name))
            continue;
        uint32_t gid;
        int r = entry_id(s, &group->gid, group->name, &gid);
        if (r < 0 || (r = add_group(s, gid, IDENTITY_GROUP)) < 0)
            return r;
    }
    return 0;
}

static int add_host_group(struct resolution *s, const char *name)
{
    for (size_t k = 0; k < s->input->host_group_count; k++)
        if (streq(s->input->host_groups[k].name, name))
            return add_group(s, s->input->host_groups[k].gid, IDENTITY_HOST);
    return refuse(s->failure, -ENOENT, "--group-add host:%s: the host has no such group", name);
}

static int add_one(struct resolution *s, const char *word)
{
    int64_t number;
    const char *host_name = string_after(word, "host:");
    if (host_name)
        return add_host_group(s, host_name);
    if (accounts_parse_integer(word, &number) == 0) {
        if (number < 0 || number > ACCOUNTS_ID_MAX)
            return refuse_range(s->failure);
        return add_group(s, (uint32_t)number, IDENTITY_GIVEN);
    }
    const struct account_group *group = word[0] != '\0' ? accounts_find_group(s->accounts, word) : NULL;
    if (!group)
        return refuse(s->failure, -ENOENT, "Unable to find group %s: no matching entries in group file",
                      word);
    uint32_t gid;
    int r = entry_id(s, &group->gid, group->name, &gid);
    return r < 0 ? r : add_group(s, gid, IDENTITY_GROUP);
}

static int add_given_groups(struct resolution *s)
{
    const struct strings *words = s->input->group_add;
    if (!words)
        return 0;
    if (strings_contain(words, "keep-groups")) {
        if (words->count > 1)
            return refuse(s->failure, -EINVAL,
                          "the '--group-add keep-groups' option is not allowed with any other "
                          "--group-add options");
        s->identity->keep_groups = true;
        return 0;
    }
    for (size_t k = 0; k < words->count; k++) {
        int r = add_one(s, words->items[k]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int take_home_and_shell(struct resolution *s)
{
    struct identity *i = s->identity;
    bool home = s->match && s->match->home[0] != '\0', shell = s->match && s->match->shell[0] != '\0';
    i->home_origin = home ? IDENTITY_PASSWD : IDENTITY_DEFAULT;
    i->shell_origin = shell ? IDENTITY_PASSWD : IDENTITY_DEFAULT;
    i->home = strdup(home ? s->match->home : "/");
    i->shell = strdup(shell ? s->match->shell : "/bin/sh");
    return i->home && i->shell ? 0 : fail(s->failure, -ENOMEM, "resolving user %s", s->user);
}

static int check_spelling(const struct user_spec_input *input, struct failure *f)
{
    if (input->rules == USER_RULES_ENGINE && input->spec && input->spec[0] == ':')
        return refuse(
            f, -EINVAL,
            "user \"%s\" names no user before the colon, which means root: write the user (an unset "
            "variable looks like this), or 0%s when root is meant",
            input->spec, input->spec[1] == '\0' ? "" : input->spec);
    return 0;
}

int user_spec_resolve(const struct user_spec_input *input, struct identity *ret_identity, struct failure *f)
{
    static int (*const steps[])(struct resolution *) = {
        resolve_user, resolve_group, add_memberships, add_given_groups, take_home_and_shell,
    };
    int r = check_spelling(input, f);
    if (r < 0)
        return r;
    autofree char *spec = strdup(input->spec ? input->spec : "");
    if (!spec)
        return fail(f, -ENOMEM, "resolving the user");
    char *group = strchr(spec, ':');
    if (group)
        *group++ = '\0';
    if (group)
        group[strcspn(group, ":")] = '\0'; /* docker reads no third part */
    autoaccounts struct accounts accounts = {0};
    r = accounts_read(&input->accounts, &accounts, f);
    if (r < 0)
        return r;
    autoidentity struct identity identity = {0};
    struct resolution s = {.input = input,
                           .accounts = &accounts,
                           .user = spec,
                           .group = group ? group : "",
                           .identity = &identity,
                           .failure = f};
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
        if ((r = steps[i](&s)) < 0)
            return r;
    *ret_identity = identity;
    identity = (struct identity){0};
    return 0;
}

void identity_free(struct identity *i)
{
    free(i->groups);
    free(i->group_origins);
    free(i->name);
    free(i->home);
    free(i->shell);
    *i = (struct identity){0};
}

const char *identity_origin_name(enum identity_origin origin)
{
    static const char *const names[] = {
        [IDENTITY_DEFAULT] = "default",  [IDENTITY_GIVEN] = "given",     [IDENTITY_PASSWD] = "passwd",
        [IDENTITY_GROUP] = "group file", [IDENTITY_UID] = "same as uid", [IDENTITY_HOST] = "host",
    };
    return names[origin];
}
