/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* The kernel takes exactly these: apparmor(7) "Interface", proc(5) "attr/exec". */
static void labels_are_written_as_the_kernel_reads_them(void **state)
{
    const struct oci_process process = {.apparmor_profile = (char *)"docker-default",
                                        .selinux_label = (char *)"system_u:system_r:container_t:s0:c1,c2"};
    char text[ATTRIBUTE_TEXT_SIZE];
    struct attribute_label label = attributes_apparmor(&process);
    assert_string_equal(label.file, "thread-self/attr/apparmor/exec");
    assert_int_equal(attributes_label_text(&label, text), 19);
    assert_string_equal(text, "exec docker-default");
    label = attributes_selinux(&process);
    assert_string_equal(label.file, "thread-self/attr/exec");
    assert_int_equal(attributes_label_text(&label, text), 38);
    assert_string_equal(text, "system_u:system_r:container_t:s0:c1,c2");
}

static void what_is_too_long_is_not_cut(void **state)
{
    static char name[2 * ATTRIBUTE_TEXT_SIZE];
    char text[ATTRIBUTE_TEXT_SIZE];
    memset(name, 'a', ATTRIBUTE_TEXT_SIZE - 5); /* with "exec " one too many for the NUL */
    const struct oci_process process = {.apparmor_profile = name};
    struct attribute_label label = attributes_apparmor(&process);
    assert_int_equal(attributes_label_text(&label, text), -E2BIG);
    name[ATTRIBUTE_TEXT_SIZE - 6] = '\0';
    assert_int_equal(attributes_label_text(&label, text), ATTRIBUTE_TEXT_SIZE - 1);
}

static void without_the_module_a_label_is_refused(void **state)
{
    const struct oci_process none = {0}, process = {.apparmor_profile = (char *)"docker-default"};
    struct failure failure = {0};
    autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const struct oci_process unconfined = {.apparmor_profile = (char *)"unconfined"};
    assert_int_equal(attributes_set_labels(&none, proc, &failure), 0);
    assert_int_equal(attributes_check_labels(&none, &failure), 0);
    assert_int_equal(attributes_check_labels(&unconfined, &failure), 0);
    assert_int_equal(attributes_set_labels(&unconfined, proc, &failure), 0);
    if (access("/sys/module/apparmor/parameters/enabled", F_OK) == 0)
        skip();
    assert_int_equal(attributes_check_labels(&process, &failure), -EOPNOTSUPP);
    assert_non_null(strstr(failure.text, "process.apparmorProfile is \"docker-default\""));
}

static void mount_labels_need_selinux(void **state)
{
    struct failure failure = {0};
    assert_int_equal(attributes_check_mount_label(NULL, &failure), 0);
    assert_int_equal(attributes_check_mount_label("", &failure), 0);
    if (access("/sys/fs/selinux/enforce", F_OK) == 0)
        skip();
    assert_int_equal(attributes_check_mount_label("a:b:c:s0", &failure), -EOPNOTSUPP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_written_as_the_kernel_reads_them),
        cmocka_unit_test(what_is_too_long_is_not_cut),
        cmocka_unit_test(without_the_module_a_label_is_refused),
        cmocka_unit_test(mount_labels_need_selinux),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
