/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/tree_checks.h"

#include "audit/image_tree.h"
#include "formats/accounts.h"
#include "formats/sudoers.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define SHOWN_MAX 20

struct check {
    struct audit_result *result;
    struct arena *arena;
    const struct tree_question *q;
    const struct image_tree *tree;
    struct accounts accounts;
    const char *name; /* of the user; NULL: it has none */
    uint32_t uid, gid;
    struct strings groups; /* names */
    uint32_t gids[64];
    size_t gid_count;
    size_t ways;
};

static void add_way(struct check *c, const char *object, const char *message, const char *fix)
{
    struct audit_finding f = {.rule = NR205,
                              .level = LEVEL_WARNING,
                              .object = object,
                              .message = message,
                              .fix = fix,
                              .place = c->q->subject->place};
    if (c->ways++ < SHOWN_MAX)
        (void)subject_add_finding(c->result, c->q->subject, &f);
}

static bool in_group(const struct check *c, uint32_t gid)
{
    for (size_t i = 0; i < c->gid_count; i++)
        if (c->gids[i] == gid)
            return true;
    return false;
}

/* The access(2) bits r, w or x (4, 2, 1) of one entry for the user. */
static bool may(const struct check *c, const struct tree_entry *e, unsigned bit)
{
    if (e->uid == c->uid)
        return e->mode & (bit << 6);
    if (in_group(c, e->gid))
        return e->mode & (bit << 3);
    return e->mode & bit;
}

static int find_identity(struct check *c)
{
    const struct account *a = accounts_find_uid(&c->accounts, c->uid);
    c->name = a ? a->name : NULL;
    c->gids[c->gid_count++] = c->gid;
    for (size_t i = 0; i < c->accounts.group_count; i++) {
        const struct account_group *g = &c->accounts.groups[i];
        bool member = c->name && strings_contain(&g->members, c->name);
        bool primary = !g->gid.bad && g->gid.value == (int64_t)c->gid;
        if (!member && !primary)
            continue;
        if (member && !g->gid.bad && c->gid_count < ARRAY_SIZE(c->gids))
            c->gids[c->gid_count++] = (uint32_t)g->gid.value;
        int r = strings_add(&c->groups, g->name);
        if (r < 0)
            return r;
    }
    return 0;
}

static void check_files(struct check *c)
{
    bool found = false;
    for (size_t i = 0; i < c->tree->count; i++) {
        const struct tree_entry *e = &c->tree->entries[i];
        bool setuid = (e->mode & S_ISUID) && e->uid != c->uid,
             setgid = (e->mode & S_ISGID) && !in_group(c, e->gid);
        if (e->gone || e->type != 'f' || !may(c, e, 1) || (!setuid && !setgid && !e->capabilities))
            continue;
        bool root = (setuid && e->uid == 0) || (setgid && e->gid == 0) || e->capabilities;
        if (c->q->no_new_privs || !root)
            continue;
        found = true;
        add_way(c, arena_printf(c->arena, "/%s", e->path),
                arena_printf(c->arena, "/%s has %s and may be executed", e->path,
                             e->capabilities ? "file capabilities"
                             : setuid        ? "the setuid bit"
                                             : "the setgid bit"),
                arena_printf(c->arena, "%s /%s", e->capabilities ? "setcap -r" : "chmod a-s", e->path));
    }
    if (found) {
        struct audit_finding f = {.rule = NR204,
                                  .level = LEVEL_WARNING,
                                  .place = c->q->subject->place,
                                  .message =
                                      "no_new_privs is not set, so setuid files and file capabilities work",
                                  .fix = c->q->fix_new_privs};
        (void)subject_add_finding(c->result, c->q->subject, &f);
    }
}

static int check_sudo(struct check *c)
{
    struct sudo_user user = {c->name, c->uid, &c->groups, c->gids, c->gid_count};
    for (size_t i = 0; i < c->tree->count; i++) {
        const struct tree_entry *e = &c->tree->entries[i];
        bool sudo = streq(e->path, "etc/sudoers") || strncmp(e->path, "etc/sudoers.d/", 14) == 0;
        bool doas = streq(e->path, "etc/doas.conf") || strncmp(e->path, "etc/doas.d/", 11) == 0;
        unsigned line;
        autofree char *rule = NULL;
        if (e->gone || !e->content || (!sudo && !doas) || c->q->no_new_privs)
            continue;
        int r = sudo ? sudoers_find_nopasswd(e->content, &user, &line, &rule)
                     : doas_find_nopass(e->content, &user, &line, &rule);
        if (r < 0)
            return r;
        if (r > 0)
            add_way(c, arena_printf(c->arena, "/%s:%u", e->path, line),
                    arena_printf(c->arena, "root without a password: %.200s", rule),
                    arena_printf(c->arena, "take the rule out of /%s", e->path));
    }
    return 0;
}

/* root::..: an empty password; another name with uid 0; a passwd that the user may write. */
static void check_accounts(struct check *c)
{
    const struct tree_entry *shadow = image_tree_find(c->tree, "etc/shadow");
    const struct tree_entry *passwd = image_tree_find(c->tree, "etc/passwd");
    const char *lines[] = {passwd ? passwd->content : NULL, shadow ? shadow->content : NULL};
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
        for (const char *p = lines[i]; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
            if (strncmp(p, "root::", 6) == 0 && !c->q->no_new_privs)
                add_way(c, i ? "/etc/shadow" : "/etc/passwd", "root has an empty password", "passwd -l root");
    for (size_t i = 0; i < c->accounts.user_count; i++) {
        const struct account *a = &c->accounts.users[i];
        if (!a->uid.bad && a->uid.value == 0 && !streq(a->name, "root"))
            add_way(c, a->name, arena_printf(c->arena, "the account %s has uid 0 too", a->name),
                    arena_printf(c->arena, "userdel %s, or another uid", a->name));
    }
    static const char *const files[] = {"etc/passwd", "etc/shadow", "etc/group", "etc/sudoers"};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        const struct tree_entry *e = image_tree_find(c->tree, files[i]);
        if (e && e->type == 'f' && may(c, e, 2))
            add_way(c, arena_printf(c->arena, "/%s", files[i]),
                    arena_printf(c->arena, "/%s is writable by this user", files[i]),
                    arena_printf(c->arena, "chown root:root /%s && chmod go-w /%s", files[i], files[i]));
    }
}

static bool is_root_run(const char *path)
{
    static const char *const paths[] = {TREE_ROOT_RUN_PATHS};
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        size_t n = strlen(paths[i]);
        if (paths[i][n - 1] == '*' ? strncmp(path, paths[i], n - 1) == 0 : streq(path, paths[i]))
            return true;
    }
    return false;
}

/* The file's own bits, or those of the folder that it could be replaced in (without the sticky bit). */
static bool may_change(const struct check *c, const struct tree_entry *e)
{
    const char *slash = strrchr(e->path, '/');
    const char *folder = slash ? arena_copy(c->arena, e->path, (size_t)(slash - e->path)) : "";
    const struct tree_entry *parent = image_tree_find(c->tree, folder);
    bool replaces =
        parent && parent->type == 'd' && !(parent->mode & S_ISVTX) && may(c, parent, 2) && may(c, parent, 1);
    return may(c, e, 2) || replaces;
}

/* Cron tables, profiles, what the linker obeys; setuid files; the entrypoint of an image that drops: root
 * runs them, so whoever may write them is root. */
static void check_root_run(struct check *c)
{
    for (size_t i = 0; i < c->tree->count; i++) {
        const struct tree_entry *e = &c->tree->entries[i];
        bool setuid = (e->mode & S_ISUID) && e->uid == 0 && !c->q->no_new_privs;
        if (!e->gone && e->type == 'f' && (is_root_run(e->path) || setuid) && may_change(c, e))
            add_way(c, arena_printf(c->arena, "/%s", e->path),
                    arena_printf(c->arena, "/%s is run or obeyed by root and writable by this user", e->path),
                    arena_printf(c->arena, "chown root:root /%s && chmod go-w /%s, and its folder", e->path,
                                 e->path));
    }
}

/* The files that the command consists of, found as the kernel or the shell would find them. */
static const struct tree_entry *find_command(const struct check *c, const char *word)
{
    static const char *const folders[] = {"usr/local/sbin", "usr/local/bin", "usr/sbin",
                                          "usr/bin",        "sbin",          "bin"};
    const char *workdir = c->q->image->workdir;
    const struct tree_entry *e = NULL;
    if (word[0] == '-' || word[0] == '\0')
        return NULL;
    if (word[0] == '/')
        e = image_tree_find(c->tree, word);
    else if (workdir)
        e = image_tree_find(
            c->tree, arena_printf(c->arena, "%s/%s", workdir, word + (string_after(word, "./") ? 2 : 0)));
    for (size_t i = 0; !e && !strchr(word, '/') && i < ARRAY_SIZE(folders); i++)
        e = image_tree_find(c->tree, arena_printf(c->arena, "%s/%s", folders[i], word));
    return e && e->type == 'f' ? e : NULL;
}

/* NR303, or NR205 where the file runs as root before the drop. */
static void check_command(struct check *c)
{
    const struct image_facts *image = c->q->image;
    bool drops = c->q->subject->verdict == VERDICT_DROPS;
    for (size_t i = 0; i < image->entrypoint_count + image->command_count; i++) {
        const char *word =
            i < image->entrypoint_count ? image->entrypoint[i] : image->command[i - image->entrypoint_count];
        const struct tree_entry *e = find_command(c, word);
        if (!e || !may_change(c, e))
            continue;
        const char *object = arena_printf(c->arena, "/%s", e->path);
        struct audit_finding f = {
            .rule = NR303,
            .level = LEVEL_NOTE,
            .object = object,
            .place = c->q->subject->place,
            .message = arena_printf(c->arena, "%s is run and may be changed by uid %u", object, c->uid)};
        if (drops && i < image->entrypoint_count)
            add_way(c, object,
                    arena_printf(c->arena, "%s runs as root and is writable by the user it drops to", object),
                    arena_printf(c->arena, "chown root:root %s && chmod go-w %s, and its folder", object,
                                 object));
        else
            (void)subject_add_finding(c->result, c->q->subject, &f);
    }
}

/* NR301: what must be writable and is there with another owner. */
static void check_folder(struct check *c, const char *path, const char *what)
{
    const struct tree_entry *e = path && path[0] == '/' && path[1] ? image_tree_find(c->tree, path) : NULL;
    if (!e || e->type != 'd' || (may(c, e, 2) && may(c, e, 1)))
        return;
    struct audit_finding f = {
        .rule = NR301,
        .level = LEVEL_WARNING,
        .object = path,
        .place = c->q->subject->place,
        .message = arena_printf(c->arena, "%s %s belongs to %u:%u with mode %o: uid %u cannot write", what,
                                path, e->uid, e->gid, e->mode, c->uid)};
    (void)subject_add_finding(c->result, c->q->subject, &f);
}

static void check_folders(struct check *c)
{
    const struct image_facts *image = c->q->image;
    const struct account *a = accounts_find_uid(&c->accounts, c->uid);
    const char *home = strings_get_variable(&image->environment, "HOME");
    for (size_t i = 0; i < image->volume_count; i++)
        check_folder(c, image->volumes[i], "VOLUME");
    check_folder(c, image->workdir, "WORKDIR");
    check_folder(c, home ? home : a ? a->home : NULL, "HOME");
}

static int run_checks(struct check *c)
{
    int r = find_identity(c);
    if (r < 0)
        return r;
    check_files(c);
    r = check_sudo(c);
    check_accounts(c);
    check_root_run(c);
    check_command(c);
    check_folders(c);
    if (c->ways > SHOWN_MAX)
        result_remark(c->result, c->q->subject->id, 0,
                      arena_printf(c->arena, "%zu more ways to root are not shown", c->ways - SHOWN_MAX));
    return r;
}

int tree_check(struct audit *a, const struct tree_question *q)
{
    const struct subject *s = q->subject;
    bool judged =
        s->verdict == VERDICT_NONROOT || s->verdict == VERDICT_ENFORCED || s->verdict == VERDICT_DROPS;
    if (!judged || !s->has_uid || s->uid == 0 || !q->image->tree)
        return 0;
    struct check c = {.result = a->result,
                      .arena = &a->result->arena,
                      .q = q,
                      .tree = q->image->tree,
                      .uid = s->uid,
                      .gid = s->has_gid ? s->gid : s->uid};
    struct failure failure = {0};
    struct accounts_text text = {.passwd = q->image->passwd,
                                 .group = q->image->group,
                                 .passwd_size = q->image->passwd ? strlen(q->image->passwd) : 0,
                                 .group_size = q->image->group ? strlen(q->image->group) : 0};
    int r = accounts_read(&text, &c.accounts, &failure);
    if (r == 0)
        r = run_checks(&c);
    accounts_free(&c.accounts);
    strings_free(&c.groups);
    return r == -ENOMEM ? r : 0;
}
