/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/start.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void mounts_keep_their_order_and_are_taken_over(void **state)
{
    (void)state;
    struct start_plan plan = {0};
    const char *const targets[] = {"/a", "/a/b", "/c"};
    for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
        struct mount_plan m = {.origin = MOUNT_OF_TEXT,
                               .target = strdup(targets[i]),
                               .text = strdup("x"),
                               .uids = calloc(1, sizeof(struct id_map)),
                               .mode = 0600};
        assert_int_equal(start_plan_add_mount(&plan, &m), 0);
        assert_null(m.target);
        assert_null(m.text);
        assert_null(m.uids);
        mount_plan_free(&m); /* nothing is freed twice */
    }
    assert_int_equal(plan.mount_count, ARRAY_SIZE(targets));
    for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
        assert_string_equal(plan.mounts[i].target, targets[i]);
        assert_int_equal(plan.mounts[i].mode, 0600);
    }
    start_plan_free(&plan);
    assert_int_equal(plan.mount_count, 0);
    assert_null(plan.mounts);
    start_plan_free(&plan);
}

static void devices_are_taken_over(void **state)
{
    (void)state;
    struct start_plan plan = {0};
    for (uint32_t i = 0; i < 3; i++) {
        struct device_plan d = {.path = strdup("/dev/x"), .minor = i};
        assert_int_equal(start_plan_add_device(&plan, &d), 0);
        assert_null(d.path);
    }
    assert_int_equal(plan.device_count, 3);
    assert_int_equal(plan.devices[2].minor, 2);
    start_plan_free(&plan);
    assert_int_equal(plan.device_count, 0);
}

static void a_freed_process_is_empty(void **state)
{
    (void)state;
    const struct process_plan empty = {0};
    struct process_plan p = {
        .workdir = strdup("/"), .groups = calloc(1, 4), .filter = malloc(8), .tty = true};
    assert_int_equal(strings_add(&p.argv, "sh"), 0);
    process_plan_free(&p);
    assert_memory_equal(&p, &empty, sizeof(empty));
}

static void the_domain_name_is_no_file_to_write(void **state)
{
    struct start_plan plan = {0};
    assert_int_equal(start_plan_add_sysctl(&plan, "net.ipv4.ip_forward=1"), 0);
    assert_int_equal(start_plan_add_sysctl(&plan, "kernel.domainname=first"), 0);
    assert_int_equal(start_plan_add_sysctl(&plan, "kernel/domainname=example.org"), 0);
    assert_int_equal(plan.sysctls.count, 1);
    assert_string_equal(plan.sysctls.items[0], "net.ipv4.ip_forward=1");
    assert_string_equal(plan.domainname, "example.org");
    start_plan_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mounts_keep_their_order_and_are_taken_over),
        cmocka_unit_test(devices_are_taken_over),
        cmocka_unit_test(a_freed_process_is_empty),
        cmocka_unit_test(the_domain_name_is_no_file_to_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
