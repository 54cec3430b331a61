/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/capability.h"

#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_names(void **state)
{
    const struct {
        const char *name;
        int number;
    } rows[] = {
        {"CAP_CHOWN", CAP_CHOWN},
        {"net_admin", CAP_NET_ADMIN},
        {"cap_sys_admin", CAP_SYS_ADMIN},
        {"Cap_Bpf", CAP_BPF},
        {"MKNOD", CAP_MKNOD},
        {"SETFCAP", CAP_SETFCAP},
        {"CHECKPOINT_RESTORE", CAP_CHECKPOINT_RESTORE},
        {"AUDIT_READ", CAP_AUDIT_READ},
        {"SYSLOG", CAP_SYSLOG},
        {"KILL", CAP_KILL},
        {"ALL", -EINVAL},
        {"", -EINVAL},
        {"CAP_", -EINVAL},
        {"CAP_CAP_CHOWN", -EINVAL},
        {"CHOWN ", -EINVAL},
        {"0", -EINVAL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(capability_number(rows[i].name), rows[i].number);
    for (int i = 0; i <= CAPABILITY_LAST; i++) {
        assert_int_equal(capability_number(capability_name(i)), i);
        assert_true(strlen(capability_name(i)) < CAPABILITY_NAME_SIZE);
    }
    assert_null(capability_name(CAPABILITY_LAST + 1));
    assert_null(capability_name(-1));
    assert_int_equal(CAPABILITY_LAST, CAP_LAST_CAP);
    assert_string_equal(capability_closest("net_adnim"), "CAP_NET_ADMIN");
    assert_null(capability_closest("xyzzy"));
}

static void test_sets(void **state)
{
    autotext struct text text = {0};
    capability_set_write(capability_default_root, &text);
    assert_string_equal(text_peek(&text),
                        "CAP_CHOWN,CAP_DAC_OVERRIDE,CAP_FOWNER,CAP_FSETID,CAP_KILL,CAP_SETGID,CAP_SETUID,"
                        "CAP_SETPCAP,CAP_NET_BIND_SERVICE,CAP_SYS_CHROOT,CAP_SETFCAP");
    assert_int_equal(__builtin_popcountll(capability_default_root), 11);
    autostrings struct strings list = {0};
    assert_int_equal(capability_set_names(CAPABILITY_ALL, &list), 0);
    assert_int_equal(list.count, CAPABILITY_LAST + 1);
    uint64_t set;
    assert_int_equal(capability_set_from_hex("000001ffffffffff", &set), 0);
    assert_true(set == CAPABILITY_ALL);
    const char *const bad[] = {"", "1", "00000000000000000", "000001FFFFFFFFFF", "000001ffffffff x"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(capability_set_from_hex(bad[i], &set), -EINVAL);
}

#define BIT(name) CAPABILITY_BIT(CAP_##name)

struct row {
    const char *add, *drop; /* blanks between the flags */
    bool root, privileged;
    int error;
    uint64_t set;
};

static void split(const char *words, struct strings *list)
{
    autofree char *copy = strdup(words);
    char *rest = copy;
    for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " "))
        if (word[0] != '\0')
            assert_int_equal(strings_add(list, word), 0);
}

static void test_resolve(void **state)
{
    const uint64_t available = CAPABILITY_ALL & ~BIT(BPF), eleven = capability_default_root;
    const struct row rows[] = {
        {"", "", true, false, 0, eleven},
        {"", "", false, false, 0, 0},
        {"NET_ADMIN", "", false, false, 0, BIT(NET_ADMIN)},
        {"NET_ADMIN,sys_time KILL", "", true, false, 0, eleven | BIT(NET_ADMIN) | BIT(SYS_TIME)},
        {"", "CHOWN", true, false, 0, eleven & ~BIT(CHOWN)},
        {"", "all", true, false, 0, 0},
        {"KILL", "ALL", true, false, 0, BIT(KILL)},
        {"ALL", "", false, false, 0, available},
        {"ALL", "SYS_ADMIN", true, false, 0, available & ~BIT(SYS_ADMIN)},
        {"ALL,KILL", "SYS_ADMIN", true, false, 0, available & ~BIT(SYS_ADMIN)},
        {"", "SYS_ADMIN", true, true, 0, available & ~BIT(SYS_ADMIN)},
        {"", "", false, true, 0, available},
        {"ALL", "ALL", true, false, -EINVAL, 0},
        {"KILL", "CAP_KILL", true, false, -EINVAL, 0},
        {"KILL", "ALL,KILL", true, false, -EINVAL, 0},
        {"NET_ADMN", "", true, false, -EINVAL, 0},
        {"", "NET_ADMN", true, false, -EINVAL, 0},
        {"KILL,", "", true, false, -EINVAL, 0},
        {"BPF", "", true, false, -EPERM, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autostrings struct strings add = {0}, drop = {0};
        split(rows[i].add, &add);
        split(rows[i].drop, &drop);
        struct capability_request request = {&add, &drop, rows[i].root, rows[i].privileged, available};
        struct failure f = {0};
        uint64_t set = 0;
        int r = capability_resolve(&request, &set, &f);
        if (r != rows[i].error || set != rows[i].set)
            fail_msg("add \"%s\" drop \"%s\": %d %llx %s", rows[i].add, rows[i].drop, r,
                     (unsigned long long)set, f.text);
        assert_int_equal(r < 0, f.text[0] != '\0');
    }
}

static void test_sentence(void **state)
{
    autostrings struct strings add = {0};
    split("net_adnim", &add);
    struct capability_request request = {.add = &add, .available = CAPABILITY_ALL};
    struct failure f = {0};
    uint64_t set;
    assert_int_equal(capability_resolve(&request, &set, &f), -EINVAL);
    assert_string_equal(f.text, "--cap-add: unknown capability \"net_adnim\"; did you mean NET_ADMIN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
