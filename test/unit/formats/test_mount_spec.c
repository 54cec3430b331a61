/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "formats/mount_spec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *source_of(const struct mount_spec *m)
{
    return m->source ? m->source : "-";
}

static void write_switch(struct text *t, const char *name, enum mount_switch value)
{
    if (value != MOUNT_SWITCH_UNSET)
        text_printf(t, " %s%s", value == MOUNT_SWITCH_ON ? "" : "no", name);
}

static void write_idmap(struct text *t, const struct mount_spec *m)
{
    static const char *const names[] = {"", " owners", " userns", " match-user", " explicit"};
    text_append(t, names[m->idmap]);
    for (size_t i = 0; i < m->owner_count; i++) {
        const struct mount_owner *o = &m->owners[i];
        text_printf(t, " %u:%d>%s:%s", o->uid, o->has_gid ? (int)o->gid : -1, o->user ? o->user : "-",
                    o->group ? o->group : "-");
    }
    if (m->match_user)
        text_printf(t, ":%s", m->match_user);
    for (size_t i = 0; i < m->uid_extent_count; i++)
        text_printf(t, " u%u-%u-%u", m->uid_extents[i].inside, m->uid_extents[i].outside,
                    m->uid_extents[i].count);
    for (size_t i = 0; i < m->gid_extent_count; i++)
        text_printf(t, " g%u-%u-%u", m->gid_extents[i].inside, m->gid_extents[i].outside,
                    m->gid_extents[i].count);
}

/* Everything that is not at its default, in a fixed order. */
static char *describe(const struct mount_spec *m)
{
    static const char *const recursion[] = {"", " nonrecursive", " writable-below", " readonly-below"};
    static const char *const relabel[] = {"", " z", " Z"};
    autotext struct text t = {0};
    text_printf(&t, "%s %s %s%s", mount_kind_name(m->kind), source_of(m), m->target,
                m->read_only ? " ro" : "");
    if (m->propagation)
        text_printf(&t, " %s", mount_propagation_name(m->propagation));
    text_printf(&t, "%s%s%s%s%s", recursion[m->recursion], relabel[m->relabel], m->no_copy ? " nocopy" : "",
                m->chown ? " U" : "", m->create_source ? " create" : "");
    write_switch(&t, "exec", m->exec);
    write_switch(&t, "dev", m->dev);
    write_switch(&t, "suid", m->suid);
    if (m->subpath)
        text_printf(&t, " sub=%s", m->subpath);
    write_idmap(&t, m);
    if (m->tmpfs_size)
        text_printf(&t, " size=%llu", (unsigned long long)m->tmpfs_size);
    if (m->tmpfs_inodes)
        text_printf(&t, " inodes=%llu", (unsigned long long)m->tmpfs_inodes);
    if (m->has_tmpfs_mode)
        text_printf(&t, " mode=%o", m->tmpfs_mode);
    if (m->has_tmpfs_uid || m->has_tmpfs_gid)
        text_printf(&t, " %d:%d", m->has_tmpfs_uid ? (int)m->tmpfs_uid : -1,
                    m->has_tmpfs_gid ? (int)m->tmpfs_gid : -1);
    for (size_t i = 0; i < m->labels.count; i++)
        text_printf(&t, " label:%s", m->labels.items[i]);
    return text_take(&t);
}

struct row {
    const char *text;
    const char *wanted; /* begins with '!': refused, and the sentence holds the rest */
};

typedef int parse_function(const char *text, struct mount_spec *ret_mount, struct failure *f);

static void check_rows(parse_function *parse, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        automount struct mount_spec m = {0};
        struct failure f = {0};
        int r = parse(rows[i].text, &m, &f);
        if (rows[i].wanted[0] == '!') {
            if (r != -EINVAL || !strstr(f.text, rows[i].wanted + 1))
                fail_msg("%s: %d \"%s\", not \"%s\"", rows[i].text, r, f.text, rows[i].wanted + 1);
            continue;
        }
        if (r < 0)
            fail_msg("%s", f.text);
        autofree char *said = describe(&m);
        assert_string_equal(said, rows[i].wanted);
    }
}

static void test_volume(void **state)
{
    const struct row rows[] = {
        {"/data", "volume - /data create"},
        {"db:/data", "volume db /data create"},
        {"/srv:/data", "bind /srv /data create"},
        {"/srv//x/../y/:/data/./z//", "bind /srv/y /data/z create"},
        {"/:/host", "bind / /host create"},
        {"/srv:/data:ro", "bind /srv /data ro create"},
        {"/srv:/data:rw,z", "bind /srv /data z create"},
        {"/srv:/data:Z,rslave,ro", "bind /srv /data ro rslave Z create"},
        {"/srv:/data:nocreate,noexec,nosuid,nodev", "bind /srv /data noexec nodev nosuid"},
        {"/srv:/data:cached", "bind /srv /data create"},
        {"/srv:/data:bind", "bind /srv /data nonrecursive create"},
        {"db:/data:nocopy", "volume db /data nocopy create"},
        {"/srv:/data:U", "bind /srv /data U create"},
        {"/srv:/data:owner=1000", "bind /srv /data create owners 1000:-1>-:-"},
        {"/srv:/data:owner=1000:1001>app:web,owner=33>www-data,ro",
         "bind /srv /data ro create owners 1000:1001>app:web 33:-1>www-data:-"},
        {"/srv:/data:owner=1000>0", "bind /srv /data create owners 1000:-1>0:-"},
        {"/srv:/data:owner=match", "bind /srv /data create"},
        {"/srv:/data:idmap", "bind /srv /data create userns"},
        {"/srv:/data:idmap=uids=0-5-1#10-20-3;gids=7-8-9",
         "bind /srv /data create explicit u0-5-1 u10-20-3 g7-8-9"},
        {"/srv:/data:bind-idmap", "bind /srv /data create userns"},
        {"/srv:/data:bind-idmap=match-user", "bind /srv /data create match-user"},
        {"/srv:/data:bind-idmap=match-user:app", "bind /srv /data create match-user:app"},
        {"", "!the path inside the container is missing"},
        {":/data", "!nothing stands before"},
        {"/srv:", "!the path inside the container is missing"},
        {"/srv:data", "!mount path must be absolute"},
        {"data", "!mount path must be absolute"},
        {"/srv:/", "!destination can't be '/'"},
        {"/srv:/a/..", "!destination can't be '/'"},
        {"./srv:/data", "!not an absolute path"},
        {"~/srv:/data", "!not an absolute path"},
        {"a/b:/data", "!includes invalid characters for a local volume name"},
        {"-x:/data", "!includes invalid characters for a local volume name"},
        {"/srv:/data:rp", "!unknown option \"rp\"; did you mean ro"},
        {"/srv:/data:rsalve", "!did you mean rslave"},
        {"/srv:/data:ro=1", "!ro takes no value"},
        {"/srv:/data:", "!unknown option \"\""},
        {"/srv:/data:nocopy", "!nocopy is no option for a bind"},
        {"db:/data:rslave", "!rslave is no option for a volume"},
        {"/srv:/data:O", "!O is not there yet"},
        {"/srv:/data:size=5", "!unknown option \"size\""},
        {"/srv:/data:owner=app", "!owner=app: expected UID"},
        {"/srv:/data:owner=", "!owner needs a value"},
        {"/srv:/data:owner=1:2:3", "!expected UID"},
        {"/srv:/data:owner=1>", "!after '>'"},
        {"/srv:/data:owner=1>a:b", "!needs a group of the host"},
        {"/srv:/data:owner=1,owner=1>x", "!names host uid 1 twice"},
        {"/srv:/data:owner=4294967295", "!expected UID"},
        {"/srv:/data:owner=1,idmap", "!only one of"},
        {"/srv:/data:idmap,bind-idmap", "!only one of"},
        {"/srv:/data:U,idmap", "!take one of the two"},
        {"/srv:/data:idmap=uids=1-2", "!expected uids="},
        {"/srv:/data:idmap=uids=0-0-5#3-9-1", "!overlaps"},
        {"/srv:/data:idmap=pids=0-0-5", "!expected uids="},
        {"/srv:/data:bind-idmap=match-usr", "!did you mean match-user"},
        {"/srv:/data:bind-idmap=match-user:", "!expected match-user"},
    };
    check_rows(mount_spec_parse_volume, rows, ARRAY_SIZE(rows));
}

static void test_mount(void **state)
{
    const struct row rows[] = {
        {"type=bind,source=/srv,target=/data", "bind /srv /data"},
        {"target=/data", "volume - /data create"},
        {"type=volume,src=db,dst=/data,readonly", "volume db /data ro create"},
        {"src=/srv,dst=/data,type=bind,ro=true,bind-propagation=rshared", "bind /srv /data ro rshared"},
        {"type=bind,src=/srv,dst=/data,readonly=false", "bind /srv /data"},
        {"type=bind,\"src=/a,b\",\"dst=/q\"\"uote\"", "bind /a,b /q\"uote"},
        {"type=bind,src=/s,destination=/d,bind-create-src", "bind /s /d create"},
        {"type=bind,src=/s,dst=/d,bind-recursive=readonly,ro", "bind /s /d ro readonly-below"},
        {"type=bind,src=/s,dst=/d,bind-nonrecursive=true,relabel=private,U=1", "bind /s /d nonrecursive Z U"},
        {"type=bind,src=/s,dst=/d,bind-idmap=match-user,owner=match", "!only one of"},
        {"type=bind,src=/s,dst=/d,consistency=cached", "bind /s /d"},
        {"type=volume,dst=/d,volume-nocopy,volume-subpath=a/b,volume-label=k=v,volume-driver=local",
         "volume - /d nocopy create sub=a/b label:k=v"},
        {"type=volume,src=db,dst=/d,nocreate", "volume db /d"},
        {"type=tmpfs,dst=/d,tmpfs-size=1m,tmpfs-mode=1770",
         "tmpfs - /d noexec nodev nosuid size=1048576 mode=1770"},
        {"type=tmpfs,dst=/d,exec", "tmpfs - /d exec nodev nosuid"},
        {"type=image,src=nginx,dst=/d", "image nginx /d ro"},
        {"type=image,src=nginx,dst=/d,rw,subpath=usr", "image nginx /d sub=usr"},
        {"type=bind,dst=/d", "!needs a source"},
        {"type=bind,src=s,dst=/d", "!not an absolute path"},
        {"type=image,dst=/d", "!needs the image's name"},
        {"type=tmpfs,src=/s,dst=/d", "!a tmpfs has no source"},
        {"type=bind,src=/s", "!the path inside the container is missing"},
        {"type=bnd,src=/s,dst=/d", "!type=bnd: expected bind, volume, tmpfs or image; did you mean bind"},
        {"type=npipe,dst=/d", "!expected bind, volume, tmpfs or image"},
        {"type=bind,type=volume,dst=/d", "!twice"},
        {"type,dst=/d", "!type needs a value"},
        {"tpye=bind,dst=/d", "!unknown option \"tpye\"; did you mean type"},
        {"type=bind,src=/s,dst=/d,redonly", "!did you mean readonly"},
        {"type=bind,src=/s,dst=/d,readonly=maybe", "!expected true or false"},
        {"type=bind,src=/s,dst=/d,tmpfs-size=5", "!tmpfs-size is no option for a bind"},
        {"type=bind,src=/s,dst=/d,bind-propagation=x", "!expected [r]private"},
        {"type=bind,src=/s,dst=/d,bind-recursive=readonly", "!needs readonly"},
        {"type=bind,src=/s,dst=/d,bind-recursive=x", "!expected enabled"},
        {"type=volume,dst=/d,volume-subpath=../x", "!without \"..\""},
        {"type=volume,dst=/d,volume-subpath=/x", "!without \"..\""},
        {"type=volume,dst=/d,volume-driver=nfs", "!only local volumes"},
        {"type=volume,dst=/d,volume-opt=type=nfs", "!volume-opt is not there yet"},
        {"type=tmpfs,dst=/d,tmpfs-mode=9", "!octal"},
        {"type=tmpfs,dst=/d,tmpfs-mode=17777", "!octal"},
        {"type=tmpfs,dst=/d,tmpfs-size=x", "!expected a size"},
        {"type=bind,\"src=/a", "!the quotes do not match"},
        {"type=bind,src=\"/a\",dst=/d", "!the quotes do not match"},
        {"type=bind,src=/s,dst=/d,", "!unknown option \"\""},
    };
    check_rows(mount_spec_parse_mount, rows, ARRAY_SIZE(rows));
}

static void test_tmpfs(void **state)
{
    const struct row rows[] = {
        {"/run", "tmpfs - /run noexec nodev nosuid"},
        {"/run:exec,size=64k,mode=755,uid=1000,gid=5,ro",
         "tmpfs - /run ro exec nodev nosuid size=65536 mode=755 1000:5"},
        {"/run:rw,noexec,nosuid,nr_inodes=10k", "!expected a number"},
        {"/run:nr_inodes=10", "tmpfs - /run noexec nodev nosuid inodes=10"},
        {"/run:", "tmpfs - /run noexec nodev nosuid"},
        {"run", "!mount path must be absolute"},
        {"", "!the path inside the container is missing"},
        {"/", "!destination can't be '/'"},
        {"/run:siez=5", "!did you mean size"},
        {"/run:uid=app", "!expected a number"},
        {"/run:uid=", "!uid needs a value"},
        {"/run:uid", "!uid needs a value"},
        {"/run:owner=5", "!unknown option"},
    };
    check_rows(mount_spec_parse_tmpfs, rows, ARRAY_SIZE(rows));
}

static void test_anchor(void **state)
{
    const struct {
        int (*anchor)(const char *, const char *, char **);
        const char *text, *wanted;
    } rows[] = {
        {mount_spec_anchor_volume, "./x:/d:ro", "/home/me/x:/d:ro"},
        {mount_spec_anchor_volume, "..:/d", "/home:/d"},
        {mount_spec_anchor_volume, "/x:/d", "/x:/d"},
        {mount_spec_anchor_volume, "db:/d", "db:/d"},
        {mount_spec_anchor_volume, "./d", "./d"},
        {mount_spec_anchor_mount, "type=bind,src=./a,dst=/d", "type=bind,source=/home/me/a,dst=/d"},
        {mount_spec_anchor_mount, "type=bind,\"source=./a,b\",dst=/d",
         "type=bind,\"source=/home/me/a,b\",dst=/d"},
        {mount_spec_anchor_mount, "type=volume,src=.a,dst=/d", "type=volume,src=.a,dst=/d"},
        {mount_spec_anchor_mount, "dst=/d", "dst=/d"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autofree char *anchored = NULL;
        assert_int_equal(rows[i].anchor(rows[i].text, "/home/me", &anchored), 0);
        assert_string_equal(anchored, rows[i].wanted);
    }
    char *none = NULL;
    assert_int_equal(mount_spec_anchor_mount("\"x", "/", &none), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_volume),
        cmocka_unit_test(test_mount),
        cmocka_unit_test(test_tmpfs),
        cmocka_unit_test(test_anchor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
