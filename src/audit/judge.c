/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/judge.h"

#include "base/strings.h"
#include "formats/accounts.h"

#include <errno.h>
#include <string.h>

struct judge {
    const struct judge_request *q;
    struct judgement *j;
    struct arena *arena;
    struct subject *subject;
};

/* The fix in the input's words, with the numbers of an image that is known in the place of 10001. */
static const char *fix_of(const struct judge *g)
{
    const char *fix = g->q->fix_user, *user = g->q->image->hint_user, *folders = g->q->image->hint_folders;
    const char *first = fix ? strstr(fix, "10001") : NULL,
               *second = first ? strstr(first + 5, "10001") : NULL;
    if (!user || !second)
        return fix;
    const char *colon = strchr(user, ':'), *comma = strchr(second, ',');
    const char *end = comma ? comma : second + strlen(second);
    return arena_printf(g->arena, "%.*s%.*s%.*s%s%.*s%s%s", (int)(first - fix), fix, (int)(colon - user),
                        user, (int)(second - first - 5), first + 5, colon + 1, (int)(end - second - 5),
                        second + 5, folders ? ", and a volume or tmpfs that it may write to at " : "",
                        folders ? folders : "");
}

/* A user and its group in the input's own words. */
static const char *fix_of_number(const struct judge *g, uint32_t uid, uint32_t gid)
{
    if (!g->q->user)
        return arena_printf(g->arena, "USER %u:%u", uid, gid);
    if (streq(g->q->setting, "user"))
        return arena_printf(g->arena, "user: \"%u:%u\"", uid, gid);
    return streq(g->q->setting, "runAsUser") ? arena_printf(g->arena, "runAsGroup: %u", gid) : NULL;
}

/* What would make an unknown user known. */
static const char *fix_of_unknown(const struct judge *g)
{
    const struct image_facts *image = g->q->image;
    const char *user = image->hint_user, *name = image->reference;
    bool named = g->j->user.is_name && g->j->user.resolution == RESOLUTION_UNKNOWN;
    if (named && user)
        return arena_printf(g->arena, "the number instead of the name: %s, as far as %.100s is known", user,
                            name);
    if (image->doubt && strncmp(image->doubt, "USER ", 5) == 0)
        return "a number instead of the variable, or the base image's layout or archive beside this";
    if (!image->known && image->doubt && strstr(image->doubt, "not at hand") && name && !g->q->user)
        return arena_printf(g->arena,
                            "--base %.200s=%s, or its layout or archive beside this, or a USER of its own",
                            name, user ? user : "UID:GID");
    return NULL;
}

static void find(const struct judge *g, enum rule_id rule, struct place place, const char *message)
{
    struct audit_finding f = {.rule = rule,
                              .level = rule_get(rule)->level,
                              .message = message,
                              .place = place,
                              .object = g->j->spec};
    bool root_rule = rule == NR101 || rule == NR102 || rule == NR104 || rule == NR105 || rule == NR106;
    if (root_rule && g->q->userns == USERNS_PRIVATE)
        f.level = LEVEL_NOTE; /* uid 0 there is an unprivileged uid of the host */
    if (root_rule && (rule != NR104 || g->q->image->hint_user))
        f.fix = fix_of(g);
    if (rule == NR107 && g->j->user.uid != 0)
        f.fix = fix_of_number(g, g->j->user.uid, g->j->user.uid);
    if (rule == NR103)
        f.fix = fix_of_unknown(g);
    (void)subject_add_finding(g->q->result, g->subject, &f);
}

/* Where the user was said: the setting, the USER line, or the subject itself. */
static struct place user_place(const struct judge *g)
{
    if (g->q->user && g->q->setting_place.file)
        return g->q->setting_place;
    if (g->q->image->user_place.file)
        return g->q->image->user_place;
    return g->subject->place;
}

static void copy_chain(const struct judge *g)
{
    const struct image_facts *image = g->q->image;
    for (size_t i = 0; i < image->chain_count; i++)
        subject_add_link(g->q->result, g->subject, image->chain[i].place, "%s", image->chain[i].what);
    if (g->q->user)
        subject_add_link(g->q->result, g->subject, g->q->setting_place, "%s: %s",
                         g->q->setting ? g->q->setting : "user",
                         g->q->setting_text ? g->q->setting_text : g->q->user);
}

static bool image_is_nonroot(const struct judge *g)
{
    struct resolved_user user;
    const struct image_facts *image = g->q->image;
    if (!image->known || image->user[0] == '\0')
        return false;
    user_resolve(g->arena, image, image->user, &user);
    return user.resolution == RESOLUTION_NONROOT || (user.resolution == RESOLUTION_KNOWN && user.uid != 0);
}

static const char *shown_spec(const struct judge *g)
{
    const char *text = g->q->user ? g->q->setting_text : g->q->image->user_text;
    if (text)
        return arena_printf(g->arena, "%.200s (= \"%.200s\")", text, g->j->spec);
    return arena_printf(g->arena, "\"%.200s\"", g->j->spec);
}

/* Uid 0, and nothing takes it away. */
static void judge_plain_root(const struct judge *g)
{
    const struct image_facts *image = g->q->image;
    bool said = g->q->user || image->user[0] != '\0' || image->user_text;
    if (g->q->user && image_is_nonroot(g)) {
        g->subject->why = arena_printf(g->arena, "%s: %s", g->q->setting, g->q->user);
        find(g, NR106, user_place(g),
             arena_printf(g->arena, "%s: %s makes it root; the image's own user is %s", g->q->setting,
                          shown_spec(g), image->user));
    } else if (said) {
        const char *text = g->q->user ? g->q->setting_text : g->q->image->user_text;
        const char *shown = text ? shown_spec(g) : g->j->spec;
        g->subject->why = g->q->user ? arena_printf(g->arena, "%s: %s", g->q->setting, shown)
                                     : arena_printf(g->arena, "USER %s", shown);
        find(g, NR101, user_place(g),
             arena_printf(g->arena, "%s %s is uid 0%s", g->q->user ? g->q->setting : "USER", shown_spec(g),
                          g->j->user.has_entry && g->j->user.is_name && !streq(g->j->spec, "root")
                              ? " in its passwd"
                              : ""));
    } else {
        g->subject->why = "no USER";
        const char *base = image->chain_count > 0 ? image->chain[0].what : "its base";
        find(g, NR102, g->subject->place, arena_printf(g->arena, "no USER down to %s", base));
    }
}

static void judge_drop(const struct judge *g)
{
    const struct command_fate *fate = &g->j->fate;
    struct resolved_user to;
    user_resolve(g->arena, g->q->image, fate->user, &to);
    g->subject->why = arena_printf(g->arena, "entrypoint: %s", fate->how);
    struct place place = g->subject->place;
    const char *work =
        fate->as_root[0] ? arena_printf(g->arena, "; before that it runs %s as root", fate->as_root) : "";
    if (to.resolution == RESOLUTION_KNOWN && to.uid == 0) {
        g->subject->verdict = VERDICT_ROOT;
        judge_plain_root(g);
        return;
    }
    g->subject->verdict = VERDICT_DROPS;
    g->subject->has_uid = to.resolution == RESOLUTION_KNOWN && !fate->renumbered;
    g->subject->uid = to.uid;
    g->subject->has_gid = to.has_gid && !fate->renumbered;
    g->subject->gid = to.gid;
    if (fate->renumbered)
        find(g, NR103, place,
             arena_printf(g->arena, "%s gives %s its number when it runs: it may be any, 0 too",
                          fate->renumbered, fate->user));
    find(g, NR104, place, arena_printf(g->arena, "starts as root, then %s%s", fate->how, work));
    bool asked = !g->q->image->listed_root && g->q->image->accounts_known;
    if (to.resolution == RESOLUTION_FAILS || (to.resolution == RESOLUTION_UNKNOWN && asked))
        find(g, NR103, place, arena_printf(g->arena, "whom it drops to is not known: %s", to.why));
}

/* It hands over to a user that a command or an unset variable gives when it runs: root, perhaps. */
static void judge_open_drop(const struct judge *g)
{
    const struct command_fate *fate = &g->j->fate;
    g->subject->verdict = VERDICT_UNKNOWN;
    g->subject->has_uid = g->subject->has_gid = false;
    g->subject->why = arena_printf(g->arena, "entrypoint: %s", fate->how);
    find(g, NR104, g->subject->place, arena_printf(g->arena, "starts as root, then %s", fate->how));
    find(g, NR103, g->subject->place,
         arena_printf(g->arena, "whom it drops to is only known when it runs: %s", fate->how));
}

static void judge_root(const struct judge *g)
{
    const struct command_fate *fate = &g->j->fate;
    g->j->starts_as_root = true;
    g->subject->verdict = VERDICT_ROOT;
    g->subject->has_uid = g->subject->has_gid = true;
    g->subject->uid = 0;
    g->subject->gid = g->j->user.has_gid ? g->j->user.gid : 0;
    if (fate->fate == FATE_DROPS) {
        judge_drop(g);
    } else if (fate->fate == FATE_UNKNOWN && fate->user[0] != '\0') {
        judge_open_drop(g);
    } else if (fate->fate == FATE_MASTER) {
        g->subject->why = fate->how;
        find(g, NR105, g->q->image->entrypoint_place.file ? g->q->image->entrypoint_place : g->subject->place,
             arena_printf(g->arena, "%s, the master stays root", fate->how));
        judge_plain_root(g);
    } else {
        judge_plain_root(g);
    }
    if (g->q->userns == USERNS_PRIVATE && g->subject->verdict == VERDICT_ROOT)
        g->subject->verdict = VERDICT_ROOT_USERNS;
}

static bool host_login(const char *passwd, uint32_t uid, const char **ret_name, struct arena *arena)
{
    autoaccounts struct accounts accounts = {0};
    struct failure failure = {0};
    struct accounts_text text = {.passwd = passwd, .passwd_size = strlen(passwd)};
    if (accounts_read(&text, &accounts, &failure) < 0)
        return false;
    const struct account *a = accounts_find_uid(&accounts, uid);
    if (!a || strstr(a->shell, "nologin") || strstr(a->shell, "/false") || uid < 1000 || uid == 65534)
        return false;
    *ret_name = arena_string(arena, a->name);
    return true;
}

static void judge_number(const struct judge *g)
{
    const struct resolved_user *u = &g->j->user;
    const struct image_facts *image = g->q->image;
    const char *login;
    if (u->has_gid && u->gid == 0)
        find(g, NR107, user_place(g),
             arena_printf(g->arena, "%s has gid 0%s", shown_spec(g),
                          u->gid_is_given ? "" : ": a number without a line in passwd"));
    else if (!u->has_gid && !u->gid_is_given && !u->is_name)
        find(g, NR107, user_place(g),
             arena_printf(g->arena, "%s has gid 0 unless the image's passwd has that uid", shown_spec(g)));
    if (image->accounts_known && !image->accounts_tainted && u->uid < 1000 && !u->has_entry)
        find(g, NR113, user_place(g),
             arena_printf(g->arena, "uid %u is below 1000 and not in the image's passwd", u->uid));
    if (g->q->host_passwd && host_login(g->q->host_passwd, u->uid, &login, g->arena))
        find(g, NR113, user_place(g),
             arena_printf(g->arena, "uid %u is also the login account %s of this host", u->uid, login));
}

static void judge_nonroot(const struct judge *g)
{
    const struct resolved_user *u = &g->j->user;
    g->subject->verdict = VERDICT_NONROOT;
    g->subject->has_uid = u->resolution == RESOLUTION_KNOWN;
    g->subject->uid = u->uid;
    g->subject->has_gid = u->has_gid;
    g->subject->gid = u->gid;
    g->subject->why = g->q->user ? g->q->setting : "image";
    if (u->is_name) {
        const char *number = u->resolution == RESOLUTION_KNOWN && u->has_gid
                                 ? arena_printf(g->arena, " (it is %u:%u)", u->uid, u->gid)
                                 : "";
        find(g, NR108, user_place(g),
             arena_printf(g->arena, "the user %s is a name%s", shown_spec(g), number));
    }
    if (u->resolution == RESOLUTION_KNOWN)
        judge_number(g);
}

static void judge_unknown(const struct judge *g, const char *why)
{
    g->subject->verdict = VERDICT_UNKNOWN;
    g->subject->why = why;
    find(g, NR103, user_place(g), why);
}

int judge_user(const struct judge_request *request, struct judgement *ret_judgement)
{
    struct judgement j = {.spec = request->user ? request->user : request->image->user};
    struct judge g = {request, &j, &request->result->arena, request->subject};
    copy_chain(&g);
    if (request->image->windows) {
        request->subject->verdict = VERDICT_NONE;
        request->subject->why = "a Windows image";
        j.user.resolution = RESOLUTION_UNKNOWN;
        *ret_judgement = j;
        return 0;
    }
    if (!request->user && !request->image->known) {
        judge_unknown(&g, request->image->doubt ? request->image->doubt : "the image is not at hand");
        j.user.resolution = RESOLUTION_UNKNOWN;
        *ret_judgement = j;
        return 0;
    }
    user_resolve(g.arena, request->image, j.spec, &j.user);
    int r = command_fate(g.arena, request->image, request->words, &j.fate);
    if (r < 0)
        return r;
    switch (j.user.resolution) {
    case RESOLUTION_FAILS:
        judge_unknown(&g, arena_printf(g.arena, "it will not start: %s", j.user.why));
        break;
    case RESOLUTION_UNKNOWN:
        judge_unknown(&g, j.user.why);
        break;
    case RESOLUTION_NONROOT:
        judge_nonroot(&g);
        break;
    case RESOLUTION_KNOWN:
        if (j.user.uid == 0)
            judge_root(&g);
        else
            judge_nonroot(&g);
        break;
    }
    *ret_judgement = j;
    return 0;
}
