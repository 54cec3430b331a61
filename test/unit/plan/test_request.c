/* SPDX-License-Identifier: Apache-2.0 */
/* The sanitizers and valgrind judge whether everything is freed; here: that it is safe to use it again. */
#include "plan/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void a_freed_request_is_empty(void **state)
{
    (void)state;
    const struct container_request empty = {0};
    struct container_request request = {
        .image = strdup("web"), .log_max_size = strdup("1m"), .cpu_shares = 5};
    assert_int_equal(strings_add(&request.gidmap, "0:1:2"), 0);
    assert_int_equal(strings_add(&request.command, "sh"), 0);
    container_request_free(&request);
    assert_memory_equal(&request, &empty, sizeof(empty));
    container_request_free(&request);
}

static void a_freed_exec_request_is_empty(void **state)
{
    (void)state;
    const struct exec_request empty = {0};
    struct exec_request request = {.container = strdup("web"), .detach_keys = strdup("a"), .tty = true};
    assert_int_equal(strings_add(&request.environment, "A=b"), 0);
    exec_request_free(&request);
    assert_memory_equal(&request, &empty, sizeof(empty));
    exec_request_free(&request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_freed_request_is_empty),
        cmocka_unit_test(a_freed_exec_request_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
