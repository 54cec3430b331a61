/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/seccomp_profile.h"

#include "formats/capability.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int parse(const char *text, struct report *report, struct seccomp_profile *ret_profile)
{
    return seccomp_profile_parse("p.json", text, strlen(text), report, ret_profile);
}

static void read_all(const char *path, char *ret_text, size_t room)
{
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    size_t n = fread(ret_text, 1, room - 1, f);
    fclose(f);
    ret_text[n] = '\0';
}

static void files_are_what_their_names_say(void **state)
{
    char folder[2000], path[4096], text[16384];
    int count = 0;
    snprintf(folder, sizeof(folder), "%s/seccomp_profile", getenv("UNROOT_TEST_DATA"));
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (e->d_name[0] == '.')
            continue;
        autoreport struct report report = {0};
        autoseccomp struct seccomp_profile profile = {0};
        snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        read_all(path, text, sizeof(text));
        int error = parse(text, &report, &profile);
        bool good = strncmp(e->d_name, "ok-", 3) == 0;
        if (error != (good ? 0 : -EINVAL) || report.count != (good ? 0 : report.count) ||
            (!good && report.count == 0))
            fail_msg("%s: %d, %zu findings: %s", e->d_name, error, report.count,
                     report.count ? report.items[0].text : "");
        count++;
    }
    closedir(d);
    assert_true(count > 25);
}

static void every_member_arrives(void **state)
{
    char path[4096], text[16384];
    autoreport struct report report = {0};
    autoseccomp struct seccomp_profile p = {0};
    snprintf(path, sizeof(path), "%s/seccomp_profile/ok-docker-form.json", getenv("UNROOT_TEST_DATA"));
    read_all(path, text, sizeof(text));
    assert_int_equal(parse(text, &report, &p), 0);
    assert_int_equal(p.default_action, SECCOMP_ERRNO);
    assert_int_equal(p.default_data, 1);
    assert_true(p.architectures_mapped);
    assert_int_equal(p.architecture_count, 3);
    assert_string_equal(p.architectures[0].compatible.items[1], "SCMP_ARCH_X32");
    assert_int_equal(p.rule_count, 6);
    assert_int_equal(p.rules[0].names.count, 3);
    assert_int_equal(p.rules[1].includes.kernel_major, 4);
    assert_int_equal(p.rules[1].includes.kernel_minor, 8);
    assert_int_equal(p.rules[2].argument_count, 1);
    assert_int_equal(p.rules[2].arguments[0].compare, SECCOMP_MASKED_EQ);
    assert_int_equal(p.rules[2].arguments[0].value, 2114060288);
    assert_true(p.rules[2].excludes.capabilities == CAPABILITY_BIT(CAP_SYS_ADMIN));
    assert_int_equal(p.rules[2].excludes.architectures.count, 2);
    assert_int_equal(p.rules[3].data, 38);
    assert_true(p.rules[4].includes.capabilities == CAPABILITY_BIT(CAP_SYS_ADMIN));
}

static void older_and_other_forms(void **state)
{
    autoreport struct report report = {0};
    autoseccomp struct seccomp_profile p = {0};
    assert_int_equal(
        parse("{\"defaultAction\":\"SCMP_ACT_KILL\",\"defaultErrno\":\"\",\"syscalls\":[{\"name\":\"open\","
              "\"action\":\"SCMP_ACT_ERRNO\",\"errno\":\"ENOSYS\"},{\"names\":[\"a\"],\"action\":"
              "\"SCMP_ACT_ERRNO\"}]}",
              &report, &p),
        0);
    assert_int_equal(p.default_action, SECCOMP_KILL_THREAD);
    assert_string_equal(p.rules[0].names.items[0], "open");
    assert_int_equal(p.rules[0].data, ENOSYS);
    assert_int_equal(p.rules[1].data, EPERM);
    assert_string_equal(seccomp_action_name(p.default_action), "SCMP_ACT_KILL_THREAD");
}

static void findings_name_their_place(void **state)
{
    autoreport struct report report = {0};
    autoseccomp struct seccomp_profile p = {0};
    assert_int_equal(parse("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"sycalls\":[]}", &report, &p), -EINVAL);
    assert_string_equal(report.items[0].place, "p.json: sycalls");
    assert_string_equal(report.items[0].text, "\"sycalls\" is not known; did you mean \"syscalls\"?");
    autoreport struct report two = {0};
    assert_int_equal(
        parse("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":"
              "\"SCMP_ACT_LOG\"},{\"names\":[\"read\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":9,"
              "\"value\":1,\"op\":\"SCMP_CMP_EQ\"},{\"index\":0,\"value\":1,\"op\":\"==\"}]}]}",
              &two, &p),
        -EINVAL);
    assert_int_equal(two.count, 2);
    assert_string_equal(two.items[0].place, "p.json: syscalls[1].args[0].index");
    assert_string_equal(two.items[1].place, "p.json: syscalls[1].args[1].op");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_what_their_names_say),
        cmocka_unit_test(every_member_arrives),
        cmocka_unit_test(older_and_other_forms),
        cmocka_unit_test(findings_name_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
