/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/path_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What a test of a list does to one item, in the folder /tmp. */
static void check(int (*make)(struct strings *, struct failure *), const char *given, const char *expected)
{
    autostrings struct strings list = {0};
    struct failure failure = {0};
    assert_int_equal(strings_add(&list, given), 0);
    assert_int_equal(make(&list, &failure), 0);
    assert_string_equal(list.items[0], expected);
}

static int enter_folder(void **state)
{
    return chdir("/tmp");
}

static void test_volumes(void **state)
{
    check(volumes_make_absolute, "./site:/srv:ro", "/tmp/./site:/srv:ro");
    check(volumes_make_absolute, "../site:/srv", "/tmp/../site:/srv");
    check(volumes_make_absolute, ".:/srv", "/tmp/.:/srv");
    check(volumes_make_absolute, "..:/srv", "/tmp/..:/srv");
    check(volumes_make_absolute, "data:/srv", "data:/srv");
    check(volumes_make_absolute, ".hidden:/srv", ".hidden:/srv");
    check(volumes_make_absolute, "...:/srv", "...:/srv");
    check(volumes_make_absolute, "/srv", "/srv");
}

static void test_fields(void **state)
{
    check(fields_make_absolute, "type=bind,src=./a,dst=/x", "type=bind,src=/tmp/./a,dst=/x");
    check(fields_make_absolute, "source=.,dst=./x", "source=/tmp/.,dst=./x");
    check(fields_make_absolute, "type=volume,src=a,dst=/x", "type=volume,src=a,dst=/x");
    check(fields_make_absolute, "type=tmpfs,dst=/x", "type=tmpfs,dst=/x");
    check(fields_make_absolute, "src=/a,target=/x", "src=/a,target=/x");
}

static void test_profiles(void **state)
{
    check(profiles_make_absolute, "seccomp=profile.json", "seccomp=/tmp/profile.json");
    check(profiles_make_absolute, "seccomp=./profile.json", "seccomp=/tmp/./profile.json");
    check(profiles_make_absolute, "seccomp=/profile.json", "seccomp=/profile.json");
    check(profiles_make_absolute, "seccomp=unconfined", "seccomp=unconfined");
    check(profiles_make_absolute, "no-new-privileges", "no-new-privileges");
    check(profiles_make_absolute, "apparmor=x", "apparmor=x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_volumes, enter_folder),
        cmocka_unit_test_setup(test_fields, enter_folder),
        cmocka_unit_test_setup(test_profiles, enter_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
