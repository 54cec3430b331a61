/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/root_mode.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void the_table_of_modes(void **state)
{
    (void)state;
    static const struct {
        struct root_mode_question question;
        int result;
        enum root_mode mode;
        const char *says;
    } rows[] = {
        {{NULL, 0, 0, false}, 0, ROOT_MODE_MAPPED, ""},
        {{NULL, 0, 5, false}, 0, ROOT_MODE_MAPPED, ""},
        {{NULL, 1000, 1000, false}, 0, ROOT_MODE_NONE, ""},
        {{NULL, 1000, 0, false}, 0, ROOT_MODE_NONE, ""},
        {{"none", 1000, 1000, false}, 0, ROOT_MODE_NONE, ""},
        {{"none", 1000, 0, false}, 0, ROOT_MODE_NONE, ""},
        {{"mapped", 1000, 1000, false}, 0, ROOT_MODE_MAPPED, ""},
        {{"mapped", 0, 0, false}, 0, ROOT_MODE_MAPPED, ""},
        {{"none", 0, 0, false}, -EPERM, 0, "give --user UID"},
        {{"none", 0, 1000, false}, -EPERM, 0, "uid 0 does not"},
        {{"real", 1000, 1000, false}, -EINVAL, 0, "--root=real"},
        {{"", 1000, 1000, false}, -EINVAL, 0, "--root=:"},
        {{"NONE", 0, 0, false}, -EINVAL, 0, "--root=NONE"},
        {{NULL, 0, 0, true}, -EPERM, 0, "uid 0 the host's root"},
        {{"mapped", 0, 0, true}, -EPERM, 0, "uid 0 the host's root"},
        {{NULL, 1000, 0, true}, -EPERM, 0, "gid 0 the host's root"},
        {{NULL, 1000, 1000, true}, 0, ROOT_MODE_NONE, ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct failure failure = {0};
        enum root_mode mode = (enum root_mode)9;
        assert_int_equal(root_mode_decide(&rows[i].question, &mode, &failure), rows[i].result);
        assert_int_equal(failure.error, rows[i].result);
        assert_int_equal(mode, rows[i].result == 0 ? (int)rows[i].mode : 9);
        assert_non_null(strstr(failure.text, rows[i].says));
    }
}

static void modes_have_the_names_that_are_asked_for(void **state)
{
    (void)state;
    const enum root_mode modes[] = {ROOT_MODE_NONE, ROOT_MODE_MAPPED};
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        const struct root_mode_question question = {root_mode_name(modes[i]), 1000, 1000, false};
        struct failure failure = {0};
        enum root_mode mode;
        assert_int_equal(root_mode_decide(&question, &mode, &failure), 0);
        assert_int_equal(mode, modes[i]);
    }
}

static void exec_as_root_needs_a_root(void **state)
{
    (void)state;
    struct failure failure = {0};
    assert_int_equal(root_mode_allow_exec(ROOT_MODE_MAPPED, 0, &failure), 0);
    assert_int_equal(root_mode_allow_exec(ROOT_MODE_MAPPED, 7, &failure), 0);
    assert_int_equal(root_mode_allow_exec(ROOT_MODE_NONE, 7, &failure), 0);
    assert_int_equal(root_mode_allow_exec(ROOT_MODE_NONE, 0, &failure), -EPERM);
    assert_non_null(strstr(failure.text, "--root=mapped"));
}

static void host_id_0_is_nobodys(void **state)
{
    (void)state;
    static const struct {
        struct id_map map;
        int result;
    } rows[] = {
        {{1, {{0, 1, 65536}}}, 0},
        {{1, {{0, 0, 1}}}, -EPERM},
        {{1, {{1000, 0, 5}}}, -EPERM},
        {{2, {{0, 1879048192u, 65536}, {70000, 0, 1}}}, -EPERM},
        {{2, {{0, 1879048192u, 65536}, {70000, 1, 1}}}, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct failure failure = {0};
        assert_int_equal(host_ids_allow(&rows[i].map, "gid map", &failure), rows[i].result);
        assert_true(rows[i].result == 0 || strstr(failure.text, "the gid map gives host id 0"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_of_modes),
        cmocka_unit_test(modes_have_the_names_that_are_asked_for),
        cmocka_unit_test(exec_as_root_needs_a_root),
        cmocka_unit_test(host_id_0_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
