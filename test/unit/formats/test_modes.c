/* SPDX-License-Identifier: Apache-2.0 */
/* userns_mode.h, network_mode.h, security_opt.h and secret_spec.h */
#include "base/text.h"
#include "formats/network_mode.h"
#include "formats/secret_spec.h"
#include "formats/security_opt.h"
#include "formats/userns_mode.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *text, *wanted; /* wanted begins with '!': refused with a sentence that holds the rest */
};

/* Whether the row wants a refusal, which is checked then. */
static bool is_refused(const struct row *row, int r, const struct failure *f)
{
    if (row->wanted[0] != '!') {
        if (r < 0)
            fail_msg("%s: %s", row->text, f->text);
        return false;
    }
    if (r != -EINVAL || !strstr(f->text, row->wanted + 1))
        fail_msg("%s: %d %s", row->text, r, f->text);
    return true;
}

static void test_userns(void **state)
{
    static const char *const kinds[] = {"auto", "remap", "host", "keep-id", "nomap", "container", "ns"};
    const struct row rows[] = {
        {"", "auto"},
        {"auto", "auto"},
        {"private", "auto"},
        {"host", "host"},
        {"nomap", "nomap"},
        {"auto:size=4096", "auto size=4096"},
        {"auto:size=4096,uidmapping=0:1000:1,uidmapping=5:6,gidmapping=0:@7:2",
         "auto size=4096 u0:1000:1 u5:6 g0:@7:2"},
        {"keep-id", "keep-id"},
        {"keep-id:uid=200,gid=210,size=70000", "keep-id size=70000 uid=200 gid=210"},
        {"remap", "remap"},
        {"remap:default", "remap default"},
        {"remap:me:us", "remap me:us"},
        {"container:web", "container web"},
        {"ns:/proc/5/ns/user", "ns /proc/5/ns/user"},
        {"atuo", "!did you mean auto"},
        {"keepid", "!did you mean keep-id"},
        {"host:x", "!no options"},
        {"private:", "!no options"},
        {"auto:", "!the options of auto"},
        {"auto:size=0", "!size="},
        {"auto:size=-1", "!size="},
        {"auto:size=4294967296", "!size="},
        {"auto:uidmapping=+0:1:1", "!expected uidmapping="},
        {"auto:uidmapping=0:1:1,uidmapping=0:2:1", "!overlaps"},
        {"auto:uid=5", "!the options of auto"},
        {"keep-id:uid=x", "!uid="},
        {"keep-id:user=5", "!the options of keep-id"},
        {"remap:", "!expects a user"},
        {"remap:a b", "!expects a user"},
        {"container:", "!expects a container"},
        {"container", "!expects a container"},
        {"container:../x", "!expects a container"},
        {"ns:x", "!absolute"},
        {"ns", "!absolute"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autouserns struct userns_mode m = {0};
        struct failure f = {0};
        if (is_refused(&rows[i], userns_mode_parse(rows[i].text, &m, &f), &f))
            continue;
        autotext struct text said = {0};
        text_printf(&said, "%s%s%s", kinds[m.kind], m.target ? " " : "", m.target ? m.target : "");
        if (m.size)
            text_printf(&said, " size=%u", m.size);
        if (m.has_uid)
            text_printf(&said, " uid=%u", m.uid);
        if (m.has_gid)
            text_printf(&said, " gid=%u", m.gid);
        for (size_t k = 0; k < m.uid_mappings.count; k++)
            text_printf(&said, " u%s", m.uid_mappings.items[k]);
        for (size_t k = 0; k < m.gid_mappings.count; k++)
            text_printf(&said, " g%s", m.gid_mappings.items[k]);
        assert_string_equal(text_peek(&said), rows[i].wanted);
    }
    struct userns_mode none = {.kind = USERNS_HOST};
    struct failure f = {0};
    assert_int_equal(userns_mode_parse(NULL, &none, &f), 0);
    assert_int_equal(none.kind, USERNS_AUTO);
}

static void test_network(void **state)
{
    static const char *const kinds[] = {"default", "none", "host", "container", "named"};
    const struct row rows[] = {
        {"", "default"},
        {"bridge", "default"},
        {"private", "default"},
        {"none", "none"},
        {"host", "host"},
        {"container:web", "container web"},
        {"container:a", "container a"},
        {"mynet", "named mynet"},
        {"container:", "!name or id"},
        {"container:a/b", "!name or id"},
        {"my net", "!expected none"},
        {"-x", "!expected none"},
        {"ns:/x", "!expected none"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct network_mode m = {0};
        struct failure f = {0};
        if (is_refused(&rows[i], network_mode_parse(rows[i].text, &m, &f), &f))
            continue;
        char said[100];
        snprintf(said, sizeof(said), "%s%s%s", kinds[m.kind], m.target ? " " : "", m.target ? m.target : "");
        assert_string_equal(said, rows[i].wanted);
        network_mode_free(&m);
    }
    const struct row shares[] = {
        {"", "private"},
        {"private", "private"},
        {"host", "host"},
        {"container:web", "container web"},
        {"shareable", "private"},
        {"none", "private"},
        {"hots", "!expected private, host or container"},
        {"container:", "!name or id"},
    };
    static const char *const share_kinds[] = {"private", "host", "container"};
    for (size_t i = 0; i < ARRAY_SIZE(shares); i++) {
        struct share_mode m = {0};
        struct failure f = {0};
        if (is_refused(&shares[i], share_mode_parse("--ipc", shares[i].text, &m, &f), &f))
            continue;
        char said[100];
        snprintf(said, sizeof(said), "%s%s%s", share_kinds[m.kind], m.target ? " " : "",
                 m.target ? m.target : "");
        assert_string_equal(said, shares[i].wanted);
        share_mode_free(&m);
    }
    struct share_mode m;
    struct failure f = {0};
    assert_int_equal(share_mode_parse("--pid", "shareable", &m, &f), -EINVAL);
}

static void describe_security(const struct security_options *o, struct text *said)
{
    static const char *const seccomp[] = {"builtin", "unconfined", "file"};
    text_printf(said, "nnp=%d seccomp=%s", o->no_new_privileges, seccomp[o->seccomp]);
    if (o->seccomp_file)
        text_printf(said, ":%s", o->seccomp_file);
    if (o->apparmor)
        text_printf(said, " apparmor=%s", o->apparmor);
    if (o->unmask_all)
        text_append(said, " unmask-all");
    for (size_t i = 0; i < o->labels.count; i++)
        text_printf(said, " label=%s", o->labels.items[i]);
    for (size_t i = 0; i < o->mask.count; i++)
        text_printf(said, " mask=%s", o->mask.items[i]);
    for (size_t i = 0; i < o->unmask.count; i++)
        text_printf(said, " unmask=%s", o->unmask.items[i]);
    if (o->allow_userns)
        text_append(said, " userns");
    if (o->proc_options)
        text_printf(said, " proc=%s", o->proc_options);
}

static void test_security(void **state)
{
    const struct row rows[] = {
        {"", "nnp=1 seccomp=builtin"},
        {"no-new-privileges", "nnp=1 seccomp=builtin"},
        {"no-new-privileges=false", "nnp=0 seccomp=builtin"},
        {"no-new-privileges:true", "nnp=1 seccomp=builtin"},
        {"seccomp=unconfined", "nnp=1 seccomp=unconfined"},
        {"seccomp:/p.json", "nnp=1 seccomp=file:/p.json"},
        {"seccomp=/p.json seccomp=builtin", "nnp=1 seccomp=builtin"},
        {"apparmor=my-profile label=disable label:type:x_t",
         "nnp=1 seccomp=builtin apparmor=my-profile label=disable label=type:x_t"},
        {"systempaths=unconfined", "nnp=1 seccomp=builtin unmask-all"},
        {"unmask=ALL", "nnp=1 seccomp=builtin unmask-all"},
        {"mask=/a:/b unmask=/proc/*", "nnp=1 seccomp=builtin mask=/a mask=/b unmask=/proc/*"},
        {"proc-opts=hidepid=2,gid=5,subset=pid", "nnp=1 seccomp=builtin proc=hidepid=2,gid=5,subset=pid"},
        {"userns=allow", "nnp=1 seccomp=builtin userns"},
        {"userns=allow userns=deny", "nnp=1 seccomp=builtin"},
        {"userns=yes", "!userns=allow or userns=deny"},
        {"no-new-privs", "!did you mean no-new-privileges"},
        {"secomp=x", "!did you mean seccomp"},
        {"seccomp", "!seccomp needs a value"},
        {"seccomp=", "!seccomp needs a value"},
        {"no-new-privileges=", "!needs a value"},
        {"no-new-privileges=maybe", "!true|false"},
        {"systempaths=x", "!systempaths=unconfined"},
        {"mask=a", "!absolute"},
        {"mask=/a/../b", "!absolute"},
        {"mask=/a::/b", "!absolute"},
        {"proc-opts=hidepid=9", "!hidepid"},
        {"proc-opts=rw", "!hidepid"},
        {"proc-opts=gid=-1", "!hidepid"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autosecurity struct security_options o = {0};
        autostrings struct strings list = {0};
        autofree char *copy = strdup(rows[i].text);
        struct failure f = {0};
        char *rest = copy;
        for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " "))
            if (word[0] != '\0')
                assert_int_equal(strings_add(&list, word), 0);
        if (is_refused(&rows[i], security_options_parse(&list, &o, &f), &f))
            continue;
        autotext struct text said = {0};
        describe_security(&o, &said);
        assert_string_equal(text_peek(&said), rows[i].wanted);
    }
}

static void test_secrets(void **state)
{
    const struct row rows[] = {
        {"src=/etc/key", "/etc/key /run/secrets/key -1:-1 400"},
        {"key.txt", "key.txt /run/secrets/key.txt -1:-1 400"},
        {"source=/k,target=name,uid=1000,gid=5,mode=0440", "/k /run/secrets/name 1000:5 440"},
        {"src=/k,dst=/etc/tls/../key", "/k /etc/key -1:-1 400"},
        {"type=file,src=/k", "/k /run/secrets/k -1:-1 400"},
        {"\"src=/a,b\"", "/a,b /run/secrets/a,b -1:-1 400"},
        {"", "!src=FILE is missing"},
        {"target=x", "!src=FILE is missing"},
        {"src=/", "!no usable name"},
        {"src=/a/..", "!no usable name"},
        {"src=/k,target=../../etc/passwd", "!no usable name"},
        {"src=/k,target=/", "!no usable name"},
        {"src=/k,target=.", "!no usable name"},
        {"src=/k,target=/run/secrets", "!no usable name"},
        {"src=/k,uid=app", "!uid="},
        {"src=/k,gid=-1", "!gid="},
        {"src=/k,mode=1777", "!octal"},
        {"src=/k,type=env", "!type=file"},
        {"src=/k,traget=x", "!did you mean target"},
        {"src=/k,target", "!target needs a value"},
        {"src=/k,uid=", "!uid needs a value"},
        {"\"src=/k", "!quotes"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct secret_spec s = {0};
        struct failure f = {0};
        if (is_refused(&rows[i], secret_spec_parse(rows[i].text, &s, &f), &f))
            continue;
        char said[200];
        snprintf(said, sizeof(said), "%s %s %d:%d %o", s.source, s.target, s.has_uid ? (int)s.uid : -1,
                 s.has_gid ? (int)s.gid : -1, s.mode);
        assert_string_equal(said, rows[i].wanted);
        secret_spec_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_userns),
        cmocka_unit_test(test_network),
        cmocka_unit_test(test_security),
        cmocka_unit_test(test_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
