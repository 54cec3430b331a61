/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "init/drop.h"

#include <stdlib.h>
#include <unistd.h>

static size_t place_of(const char *name)
{
    for (size_t i = 0; drop_step_name(i); i++)
        if (strcmp(drop_step_name(i), name) == 0)
            return i;
    fail_msg("no step %s", name);
    return 0;
}

static void assert_before(const char *first, const char *second)
{
    if (place_of(first) >= place_of(second))
        fail_msg("%s must come before %s", first, second);
}

static void test_order(void **state)
{
    (void)state;
    assert_before("share-streams", "set-uid");
    assert_before("set-groups", "set-gid");
    assert_before("set-gid", "set-uid");
    assert_before("empty-inherited-sets", "empty-capabilities");
    assert_before("lock-securebits", "empty-capabilities");
    assert_before("no-new-privileges", "install-filter");
    assert_before("set-uid", "empty-capabilities");
    assert_before("set-uid", "set-death-signal");
    assert_before("set-death-signal", "prove-ids");
    assert_before("prove-ids", "prove-no-way-back");
    assert_null(drop_step_name(place_of("prove-no-capability") + 1));
}

static void test_privilege(void **state)
{
    (void)state;
    assert_true(power_is_privileged(&(struct power){0, 0, 0}));
    assert_true(power_is_privileged(&(struct power){1000, 1000, 1}));
    assert_false(power_is_privileged(&(struct power){1000, 0, 0}));
}

static void check_map(const char *text, uint32_t id, bool mapped)
{
    char path[] = "/tmp/unroot-init-map-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    if (id_is_mapped(path, id) != mapped)
        fail_msg("%u in \"%s\"", id, text);
    unlink(path);
}

static void test_map(void **state)
{
    (void)state;
    check_map("         0          0 4294967295\n", 65532, true);
    check_map("         0     100000       1000\n", 999, true);
    check_map("         0     100000       1000\n", 1000, false);
    check_map("         0     100000       1000\n     65532       5000          1\n", 65532, true);
    check_map("       950     100950          1\n", 0, false);
    assert_true(id_is_mapped("/no/such/file", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order), cmocka_unit_test(test_privilege),
                                       cmocka_unit_test(test_map)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
