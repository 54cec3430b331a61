/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/steps.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct role {
    char done[8];
    struct failure failure;
};

static void role_note(struct role *role, char what)
{
    role->done[strlen(role->done)] = what;
}

static int step_a(void *role)
{
    role_note(role, 'a');
    return 0;
}

static int step_b(void *role)
{
    role_note(role, 'b');
    return 0;
}

static int step_fails(void *role)
{
    struct role *r = role;
    role_note(r, 'f');
    return refuse(&r->failure, -EBUSY, "it is busy");
}

static int step_fails_mutely(void *role)
{
    role_note(role, 'm');
    return -ENOSPC;
}

static int run(const struct step *steps, size_t count, struct role *role)
{
    const struct step_table table = {"tester", steps, count};
    return steps_run(&table, role, &role->failure);
}

static int step_with_steps(void *role)
{
    static const struct step inner[] = {{"inside", step_fails}};
    const struct step_table table = {"inner", inner, ARRAY_SIZE(inner)};
    struct role *r = role;
    return steps_run(&table, r, &r->failure);
}

static void steps_run_in_order(void **state)
{
    (void)state;
    struct role role = {0};
    const struct step steps[] = {{"one", step_a}, {"two", step_b}, {"three", step_a}};
    assert_int_equal(run(steps, ARRAY_SIZE(steps), &role), 0);
    assert_string_equal(role.done, "aba");
    assert_int_equal(role.failure.error, 0);
    assert_string_equal(role.failure.step, "");
}

static void the_first_failure_ends_it_and_is_blamed(void **state)
{
    (void)state;
    struct role role = {0};
    const struct step steps[] = {{"one", step_a}, {"two", step_fails}, {"three", step_b}};
    assert_int_equal(run(steps, ARRAY_SIZE(steps), &role), -EBUSY);
    assert_string_equal(role.done, "af");
    assert_string_equal(role.failure.text, "it is busy");
    assert_string_equal(role.failure.step, "tester/two");
}

static void a_mute_failure_gets_a_sentence(void **state)
{
    (void)state;
    struct role role = {0};
    const struct step steps[] = {{"write-it", step_fails_mutely}, {"never", step_b}};
    assert_int_equal(run(steps, ARRAY_SIZE(steps), &role), -ENOSPC);
    assert_string_equal(role.done, "m");
    assert_int_equal(role.failure.error, -ENOSPC);
    assert_string_equal(role.failure.text, "write-it: No space left on device");
    assert_string_equal(role.failure.step, "tester/write-it");
}

static void the_innermost_step_is_blamed(void **state)
{
    (void)state;
    struct role role = {0};
    const struct step steps[] = {{"outside", step_with_steps}};
    assert_int_equal(run(steps, ARRAY_SIZE(steps), &role), -EBUSY);
    assert_string_equal(role.failure.step, "inner/inside");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_run_in_order),
        cmocka_unit_test(the_first_failure_ends_it_and_is_blamed),
        cmocka_unit_test(a_mute_failure_gets_a_sentence),
        cmocka_unit_test(the_innermost_step_is_blamed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
