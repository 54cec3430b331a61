/* SPDX-License-Identifier: Apache-2.0 */
/* The small specifications: signals, limits, devices, sysctls, detach keys, modes, csv, paths. */
#include "base/text.h"
#include "formats/csv.h"
#include "formats/detach_keys.h"
#include "formats/device_spec.h"
#include "formats/file_mode.h"
#include "formats/path_text.h"
#include "formats/rlimit_spec.h"
#include "formats/signal_name.h"
#include "formats/sysctl_spec.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static void test_signals(void **state)
{
    const struct {
        const char *text;
        int number;
    } rows[] = {
        {"SIGTERM", SIGTERM},
        {"term", SIGTERM},
        {"15", 15},
        {"sigkill", SIGKILL},
        {"9", 9},
        {"CLD", SIGCHLD},
        {"IOT", SIGABRT},
        {"POLL", SIGIO},
        {"SIGSTKFLT", 16},
        {"64", 64},
        {"RTMIN", 34},
        {"SIGRTMIN+3", 37},
        {"rtmin+30", 64},
        {"RTMAX", 64},
        {"SIGRTMAX-2", 62},
        {"0", -EINVAL},
        {"65", -EINVAL},
        {"-9", -EINVAL},
        {"+9", -EINVAL},
        {"", -EINVAL},
        {"SIG", -EINVAL},
        {"SIGSIGTERM", -EINVAL},
        {"TERM ", -EINVAL},
        {"RTMIN+31", -EINVAL},
        {"RTMIN-1", -EINVAL},
        {"RTMAX+1", -EINVAL},
        {"RTMINx", -EINVAL},
        {"RTMIN+", -EINVAL},
        {"SIG9", -EINVAL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (signal_parse(rows[i].text) != rows[i].number)
            fail_msg("%s: %d", rows[i].text, signal_parse(rows[i].text));
    char name[SIGNAL_NAME_SIZE];
    for (int i = 1; i <= SIGNAL_LAST; i++)
        if (i != 32 && i != 33)
            assert_int_equal(signal_parse(signal_name(i, name)), i);
    assert_string_equal(signal_name(37, name), "SIGRTMIN+3");
    assert_string_equal(signal_name(32, name), "SIG32");
}

static void test_limits(void **state)
{
    struct failure f = {0};
    struct rlimit_spec l;
    assert_int_equal(rlimit_spec_parse("nofile=1024:4096", &l, &f), 0);
    assert_true(l.resource == RLIMIT_NOFILE && l.soft == 1024 && l.hard == 4096);
    assert_int_equal(rlimit_spec_parse("core=-1", &l, &f), 0);
    assert_true(l.resource == RLIMIT_CORE && l.soft == RLIMIT_SPEC_UNLIMITED &&
                l.hard == RLIMIT_SPEC_UNLIMITED);
    assert_int_equal(rlimit_spec_parse("RLIMIT_NPROC=5:unlimited", &l, &f), 0);
    assert_true(l.resource == RLIMIT_NPROC && l.soft == 5 && l.hard == RLIMIT_SPEC_UNLIMITED);
    const char *const bad[] = {"",          "nofile",       "nofile=",     "nofile=x",
                               "nofile=5:", "nofile=5:4",   "nofile=-1:5", "nofiles=5",
                               "=5",        "nofile=5:6:7", "nofile=-2",   "nofile=99999999999999999999"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct failure g = {0};
        assert_int_equal(rlimit_spec_parse(bad[i], &l, &g), -EINVAL);
        assert_string_not_equal(g.text, "");
    }
    for (int i = 0; i < RLIM_NLIMITS; i++)
        assert_int_equal(rlimit_resource(rlimit_resource_name(i)), i);
    assert_null(rlimit_resource_name(RLIM_NLIMITS));
}

static void test_devices(void **state)
{
    const struct {
        const char *text, *wanted;
    } rows[] = {
        {"/dev/fuse", "/dev/fuse /dev/fuse rwm"},
        {"/dev/a:/dev/b", "/dev/a /dev/b rwm"},
        {"/dev/a:/dev/b:r", "/dev/a /dev/b r"},
        {"/dev/a:rw", "/dev/a /dev/a rw"},
        {"/dev//a/../c", "/dev/c /dev/c rwm"},
        {"", NULL},
        {"dev/a", NULL},
        {"/dev/a:b", NULL},
        {"/dev/a:/dev/b:x", NULL},
        {"/dev/a:/dev/b:", NULL},
        {"/dev/a:/dev/b:r:w", NULL},
        {"/dev/a:", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct device_spec d = {0};
        struct failure f = {0};
        int r = device_spec_parse(rows[i].text, &d, &f);
        assert_int_equal(r, rows[i].wanted ? 0 : -EINVAL);
        autotext struct text said = {0};
        if (r == 0)
            text_printf(&said, "%s %s %s%s%s", d.host, d.inside, d.read ? "r" : "", d.write ? "w" : "",
                        d.mknod ? "m" : "");
        if (r == 0)
            assert_string_equal(text_peek(&said), rows[i].wanted);
        device_spec_free(&d);
    }
}

static void test_sysctls(void **state)
{
    const struct {
        const char *text;
        int error;
        const char *path, *name;
    } rows[] = {
        {"net.ipv4.ip_forward=1", 0, "net/ipv4/ip_forward", "net.ipv4.ip_forward"},
        {"net/ipv4/conf/eth0.1/forwarding=0", 0, "net/ipv4/conf/eth0.1/forwarding",
         "net.ipv4.conf.eth0/1.forwarding"},
        {"net.ipv4.conf.eth0/1.forwarding=0", 0, "net/ipv4/conf/eth0.1/forwarding",
         "net.ipv4.conf.eth0/1.forwarding"},
        {"kernel.shmmax=5", 0, "kernel/shmmax", "kernel.shmmax"},
        {"kernel.sem=1 2 3 4", 0, "kernel/sem", "kernel.sem"},
        {"kernel.shm_rmid_forced=1", 0, "kernel/shm_rmid_forced", "kernel.shm_rmid_forced"},
        {"fs.mqueue.msg_max=10", 0, "fs/mqueue/msg_max", "fs.mqueue.msg_max"},
        {"net.ipv4.ping_group_range=", 0, "net/ipv4/ping_group_range", "net.ipv4.ping_group_range"},
        {"kernel.core_pattern=|/x", -EPERM, NULL, NULL},
        {"kernel.semx=1", -EPERM, NULL, NULL},
        {"kernel.shmx=1", -EPERM, NULL, NULL},
        {"vm.swappiness=1", -EPERM, NULL, NULL},
        {"fs.file-max=1", -EPERM, NULL, NULL},
        {"fs.mqueue=1", -EPERM, NULL, NULL},
        {"user.max_user_namespaces=1", -EPERM, NULL, NULL},
        {"netx.a=1", -EPERM, NULL, NULL},
        {"net=1", -EPERM, NULL, NULL},
        {"net/../kernel/core_pattern=x", -EINVAL, NULL, NULL},
        {"net.//.kernel.core_pattern=x", -EINVAL, NULL, NULL},
        {"net..ipv4=1", -EINVAL, NULL, NULL},
        {"net.=1", -EINVAL, NULL, NULL},
        {"net/./ipv4=1", -EINVAL, NULL, NULL},
        {"/net/ipv4=1", -EINVAL, NULL, NULL},
        {"net.ipv4 x=1", -EINVAL, NULL, NULL},
        {"net.ipv4.ip_forward", -EINVAL, NULL, NULL},
        {"=1", -EINVAL, NULL, NULL},
        {"net.a=1\n2", -EINVAL, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct sysctl_spec s = {0};
        struct failure f = {0};
        int r = sysctl_spec_parse(rows[i].text, &s, &f);
        if (r != rows[i].error)
            fail_msg("%s: %d %s", rows[i].text, r, f.text);
        if (r == 0) {
            assert_string_equal(s.path, rows[i].path);
            assert_string_equal(s.name, rows[i].name);
            assert_string_equal(s.value, strchr(rows[i].text, '=') + 1);
            assert_int_equal(s.space, strncmp(s.path, "net/", 4) == 0 ? SYSCTL_NETWORK : SYSCTL_IPC);
        }
        sysctl_spec_free(&s);
    }
}

static void test_detach_keys(void **state)
{
    struct detach_keys k;
    struct failure f = {0};
    assert_int_equal(detach_keys_parse(NULL, &k, &f), 0);
    assert_true(k.count == 2 && k.bytes[0] == 0x10 && k.bytes[1] == 0x11);
    assert_int_equal(detach_keys_parse("", &k, &f), 0);
    assert_int_equal(k.count, 0);
    assert_int_equal(detach_keys_parse("a,ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_,ctrl-z", &k, &f), 0);
    const unsigned char wanted[] = {'a', 0, 27, 28, 29, 30, 31, 26};
    assert_int_equal(k.count, sizeof(wanted));
    assert_memory_equal(k.bytes, wanted, sizeof(wanted));
    const char *const bad[] = {",",
                               "a,",
                               "ab",
                               "ctrl-",
                               "ctrl-A",
                               "ctrl-1",
                               "ctrl-ab",
                               "CTRL-a",
                               "\xc3\xa4",
                               " ",
                               "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct failure g = {0};
        assert_int_equal(detach_keys_parse(bad[i], &k, &g), -EINVAL);
        assert_string_not_equal(g.text, "");
    }
}

static void test_modes(void **state)
{
    uint32_t mode;
    assert_int_equal(file_mode_parse("0022", 0777, &mode), 0);
    assert_int_equal(mode, 022);
    assert_int_equal(file_mode_parse("0o755", 0777, &mode), 0);
    assert_int_equal(mode, 0755);
    assert_int_equal(file_mode_parse("1777", 0777, &mode), -ERANGE);
    assert_int_equal(file_mode_parse("777777777777777777", UINT32_MAX, &mode), -ERANGE);
    const char *const bad[] = {"", "8", "0x1", "-1", "+1", " 1", "1 ", "u+x", "0o"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(file_mode_parse(bad[i], 07777, &mode), -EINVAL);
}

static void test_csv(void **state)
{
    const struct {
        const char *text, *wanted; /* fields with '|' between them */
    } rows[] = {
        {"", ""},
        {"a", "a"},
        {"a,b", "a|b"},
        {"a,,b,", "a||b|"},
        {"\"a,b\",c", "a,b|c"},
        {"\"\"", ""},
        {"\"a\"\"b\"", "a\"b"},
        {"\"\",x", "|x"},
        {"a\"b", NULL},
        {"\"a", NULL},
        {"\"a\"b", NULL},
        {"a\nb", NULL},
        {"\"a\nb\"", NULL},
        {"\"", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autostrings struct strings fields = {0};
        autotext struct text said = {0}, again = {0};
        int r = csv_split(rows[i].text, &fields);
        assert_int_equal(r, rows[i].wanted ? 0 : -EINVAL);
        if (r < 0)
            continue;
        for (size_t k = 0; k < fields.count; k++) {
            autofree char *quoted = csv_quote(fields.items[k]);
            text_printf(&said, "%s%s", k ? "|" : "", fields.items[k]);
            text_printf(&again, "%s%s", k ? "," : "", quoted);
        }
        assert_string_equal(text_peek(&said), rows[i].wanted);
        autostrings struct strings fields_again = {0};
        assert_int_equal(csv_split(text_peek(&again), &fields_again), 0);
        assert_int_equal(fields.count, fields_again.count);
        for (size_t k = 0; k < fields.count; k++)
            assert_string_equal(fields.items[k], fields_again.items[k]);
    }
}

static void test_paths(void **state)
{
    const struct {
        const char *path, *clean;
    } rows[] = {
        {"/", "/"},
        {"//", "/"},
        {"/a", "/a"},
        {"/a/", "/a"},
        {"/a//b/./c/", "/a/b/c"},
        {"/a/../b", "/b"},
        {"/..", "/"},
        {"/../../a", "/a"},
        {"/a/b/../..", "/"},
        {"/...", "/..."},
        {"/a/..b/.c", "/a/..b/.c"},
        {"/ab/cd/../e", "/ab/e"},
        {"", NULL},
        {"a", NULL},
        {"./a", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autofree char *clean = NULL;
        assert_int_equal(path_text_clean(rows[i].path, &clean), rows[i].clean ? 0 : -EINVAL);
        if (rows[i].clean)
            assert_string_equal(clean, rows[i].clean);
    }
    char long_path[PATH_TEXT_MAX + 2];
    memset(long_path, 'a', sizeof(long_path));
    long_path[0] = '/';
    long_path[sizeof(long_path) - 1] = '\0';
    autofree char *clean = NULL;
    assert_int_equal(path_text_clean(long_path, &clean), -ENAMETOOLONG);
    long_path[257] = '\0';
    assert_int_equal(path_text_clean(long_path, &clean), -ENAMETOOLONG); /* one name of 256 bytes */
    long_path[256] = '\0';
    assert_int_equal(path_text_clean(long_path, &clean), 0);
    autofree char *joined = NULL;
    assert_int_equal(path_text_join("/a/b", "../c", &joined), 0);
    assert_string_equal(joined, "/a/c");
    const char *const below[] = {"a", "a/b", "./a", "a//b", "...", "..a", "a/."};
    for (size_t i = 0; i < ARRAY_SIZE(below); i++)
        assert_true(path_text_stays_below(below[i]));
    const char *const above[] = {"", "/a", "..", "a/..", "../a", "a/../../b", "a//.."};
    for (size_t i = 0; i < ARRAY_SIZE(above); i++)
        assert_false(path_text_stays_below(above[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals), cmocka_unit_test(test_limits),      cmocka_unit_test(test_devices),
        cmocka_unit_test(test_sysctls), cmocka_unit_test(test_detach_keys), cmocka_unit_test(test_modes),
        cmocka_unit_test(test_csv),     cmocka_unit_test(test_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
