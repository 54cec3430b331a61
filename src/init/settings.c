/* SPDX-License-Identifier: Apache-2.0 */
#include "init/settings.h"

#include "init/files.h"
#include "init/rewriter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static int parse_root_free_id(char *const *environment, const char *variable, bool *ret_given,
                              uint32_t *ret_id, struct failure *f)
{
    uint64_t id;
    const char *text = environment_get(environment, variable);
    *ret_given = text && text[0] != '\0';
    if (!*ret_given)
        return 0;
    if (span_number(span_of(text), ID_MAX, &id) < 0 || id == 0)
        return fail_root(f, "%s=%s: it must be a number from 1 to %u, so nothing is started", variable, text,
                         ID_MAX);
    *ret_id = (uint32_t)id;
    return 0;
}

int settings_parse(char *const *environment, struct settings *ret_settings, struct failure *f)
{
    struct settings s = {0};
    int r = parse_root_free_id(environment, "PUID", &s.has_uid, &s.uid, f);
    if (r == 0)
        r = parse_root_free_id(environment, "PGID", &s.has_gid, &s.gid, f);
    if (r < 0)
        return r;
    const char *text = environment_get(environment, "UMASK");
    s.has_umask = text && text[0] != '\0';
    for (const char *p = text; s.has_umask && *p != '\0'; p++) {
        if (*p < '0' || *p > '7' || p - text >= 4)
            return fail_usage(f, "UMASK=%s: three octal digits are expected, as 022", text);
        s.umask = s.umask * 8 + (uint32_t)(*p - '0');
    }
    if (s.umask > 0777)
        return fail_usage(f, "UMASK=%s is above 777", text);
    text = environment_get(environment, "UNROOT_GROUPS");
    s.groups = text && text[0] != '\0' ? text : NULL;
    *ret_settings = s;
    return 0;
}

int settings_resolve(const struct settings *s, const char *spec, const struct accounts *accounts,
                     struct identity *ret_identity, struct failure *f)
{
    char number[16];
    if (!spec && !s->has_uid)
        return fail_root(f, "nobody is named, so this would run as root: give a USER, or set PUID");
    if (!spec) {
        format_text(number, sizeof(number), s->has_gid ? "%u:%u" : "%u", s->uid, s->gid);
        return identity_resolve(number, accounts, s->allow_root, ret_identity, f);
    }
    int r = identity_resolve(spec, accounts, s->allow_root || s->has_gid, ret_identity, f);
    if (r < 0)
        return r;
    if (ret_identity->uid == 0 && !s->allow_root)
        return fail_root(f, "user %s is uid 0: name another user or give --allow-root", spec);
    if (s->has_uid)
        ret_identity->uid = s->uid;
    if (s->has_gid)
        ret_identity->gid = s->gid;
    else if (s->has_uid && !ret_identity->has_entry && !ret_identity->named_group)
        ret_identity->gid = s->uid;
    return 0;
}

/* Replaces /etc/NAME with `text` in one step; owner and mode stay. */
static int replace_file(const char *name, struct span text)
{
    static const char temporary[] = ".unroot-init.new";
    struct stat st;
    autoclose int folder = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -errno;
    mode_t mode = 0644;
    uid_t owner = 0;
    gid_t group = 0;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        if (!S_ISREG(st.st_mode))
            return -ELOOP;
        mode = st.st_mode & 07777;
        owner = st.st_uid;
        group = st.st_gid;
    }
    (void)unlinkat(folder, temporary, 0); /* left by one that was killed */
    autoclose int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int r = write_all(fd, text.data, text.length);
    if (r == 0 && (fchown(fd, owner, group) < 0 || fchmod(fd, mode) < 0 || fsync(fd) < 0 ||
                   renameat(folder, temporary, folder, name) < 0))
        r = -errno;
    if (r < 0)
        (void)unlinkat(folder, temporary, 0); /* the first error is the one to tell */
    return r;
}

static void update_file(const char *name, struct span text, const struct line_change *change, bool only_say)
{
    struct rewrite w;
    int r = accounts_rewrite(text, change, &w);
    if (r < 0) {
        say("/etc/%s is left as it is: %.*s is no name for a line of it", name, (int)change->name.length,
            change->name.data);
        return;
    }
    autofree char *data = (char *)w.text.data;
    (void)data;
    if (!w.changed)
        return;
    if (w.taken)
        say("warning: id %u is %s's in /etc/%s too: %.*s comes first now", change->ids[0], w.taken_by, name,
            (int)change->name.length, change->name.data);
    if (only_say) {
        say("/etc/%s would say that %.*s is %u", name, (int)change->name.length, change->name.data,
            change->ids[0]);
        return;
    }
    r = replace_file(name, w.text);
    if (r < 0)
        say("/etc/%s is left as it is (%s): names of files may look wrong, access is right", name,
            r == -EROFS || r == -EBUSY ? "read-only or a mount" : strerror(-r));
}

void settings_update_files(const struct identity *identity, const struct accounts *accounts, bool only_say)
{
    struct passwd_line line;
    struct group_line group;
    char name[24], rest[600];
    struct span own = span_of(identity->name);
    if (own.length == 0)
        own = (struct span){name, format_text(name, sizeof(name), "u%u", identity->uid)};
    bool known = passwd_find_name(accounts, own, &line);
    format_text(rest, sizeof(rest), "::%s:/sbin/nologin", identity->home[0] ? identity->home : "/");
    struct line_change change = {own, {identity->uid, identity->gid}, 2, rest};
    if (!known || line.uid != identity->uid || line.gid != identity->gid)
        update_file("passwd", accounts->passwd, &change, only_say);
    /* The group that was the account's own follows it; a gid that has a name already needs no line. */
    bool own_group = known && line.gid != identity->gid && line.gid != 0 &&
                     group_find_gid(accounts, line.gid, &group) && span_equal(group.name, own);
    if (!own_group && group_find_gid(accounts, identity->gid, &group))
        return;
    struct line_change group_change = {own, {identity->gid, 0}, 1, ":"};
    update_file("group", accounts->group, &group_change, only_say);
}
