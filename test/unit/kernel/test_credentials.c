/* SPDX-License-Identifier: Apache-2.0 */
/* Every case is a child of its own: what it gives up does not come back. */
#include "kernel/credentials.h"

#include "kernel/process.h"

#include <errno.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>

#include <cmocka.h>

#define BIT(cap) (UINT64_C(1) << (cap))
#define CAP_CHOWN_BIT BIT(0)
#define CAP_KILL_BIT BIT(5)

/* In the child: the number of the first line that is not as it should be. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            return __LINE__ & 255;                                                                           \
    } while (0)

static void in_child(int (*run)(void))
{
    int pidfd = -EBADF;
    if (geteuid() != 0)
        skip(); /* ids and capabilities are root's to give up */
    pid_t pid = process_clone(0, -EBADF, &pidfd);
    if (pid == 0)
        _exit(run());
    assert_true(pid > 0);
    assert_int_equal(process_wait(pidfd), 0);
    close(pidfd);
}

static bool has_exactly(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
    struct capability_sets sets;
    return credentials_get_capabilities(&sets) == 0 && sets.effective == effective &&
           sets.permitted == permitted && sets.inheritable == inheritable;
}

static int ids_for_good(void)
{
    const gid_t groups[] = {7, 8};
    gid_t now[4];
    uid_t real, effective, saved;
    CHECK(credentials_set_groups(groups, 2) == 0);
    CHECK(getgroups(4, now) == 2 && now[0] == 7 && now[1] == 8);
    CHECK(credentials_set_groups(NULL, 0) == 0 && getgroups(4, now) == 0);
    CHECK(credentials_set_group(101) == 0);
    CHECK(credentials_set_user(100) == 0);
    CHECK(getresuid(&real, &effective, &saved) == 0 && real == 100 && effective == 100 && saved == 100);
    CHECK(getresgid(&real, &effective, &saved) == 0 && real == 101 && effective == 101 && saved == 101);
    CHECK(has_exactly(0, 0, 0));
    CHECK(credentials_set_user(0) == -EPERM);
    CHECK(credentials_set_group(0) == -EPERM);
    CHECK(credentials_set_groups(groups, 2) == -EPERM);
    return 0;
}

static int kept_capabilities(void)
{
    struct capability_sets before;
    CHECK(credentials_get_capabilities(&before) == 0);
    CHECK(credentials_keep_capabilities() == 0);
    CHECK(credentials_set_user(100) == 0);
    CHECK(has_exactly(before.effective, before.permitted, before.inheritable));
    CHECK(credentials_default_securebits() == 0);
    CHECK(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == 0);
    return 0;
}

static int sets_only_shrink(void)
{
    const struct capability_sets some = {CAP_CHOWN_BIT, CAP_CHOWN_BIT | CAP_KILL_BIT, CAP_KILL_BIT};
    const struct capability_sets more = {0, CAP_CHOWN_BIT | CAP_KILL_BIT | BIT(21), 0};
    const struct capability_sets none = {0, 0, 0};
    CHECK(credentials_set_capabilities(&some) == 0);
    CHECK(has_exactly(some.effective, some.permitted, some.inheritable));
    CHECK(credentials_set_capabilities(&more) == -EPERM);
    CHECK(credentials_set_capabilities(&none) == 0);
    CHECK(has_exactly(0, 0, 0));
    CHECK(credentials_limit_bounding(0) == -EPERM);
    return 0;
}

static int bounding_is_what_is_kept(void)
{
    int last = credentials_last_capability();
    CHECK(last >= 40 && last < 64);
    CHECK(prctl(PR_CAPBSET_READ, last + 1, 0, 0, 0) < 0);
    CHECK(credentials_limit_bounding(CAP_KILL_BIT | BIT(last)) == 0);
    for (int cap = 0; cap <= last; cap++)
        CHECK(prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == (cap == 5 || cap == last));
    CHECK(credentials_last_capability() == last);
    CHECK(credentials_limit_bounding(~UINT64_C(0)) == 0); /* nothing comes back */
    CHECK(prctl(PR_CAPBSET_READ, 0, 0, 0, 0) == 0);
    return 0;
}

static int ambient_is_exact(void)
{
    const struct capability_sets both = {CAP_CHOWN_BIT | CAP_KILL_BIT, CAP_CHOWN_BIT | CAP_KILL_BIT,
                                         CAP_CHOWN_BIT | CAP_KILL_BIT};
    CHECK(credentials_set_capabilities(&both) == 0);
    CHECK(credentials_set_ambient(CAP_CHOWN_BIT) == 0);
    CHECK(credentials_set_ambient(CAP_KILL_BIT) == 0);
    CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 0, 0, 0) == 0);
    CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 5, 0, 0) == 1);
    CHECK(credentials_set_ambient(BIT(21)) == -EPERM);
    CHECK(credentials_set_ambient(BIT(63)) == -EINVAL);
    CHECK(credentials_set_ambient(0) == 0);
    CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 5, 0, 0) == 0);
    return 0;
}

static int nothing_new(void)
{
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
    CHECK(credentials_no_new_privs() == 0);
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    return 0;
}

#define CASE(name)                                                                                           \
    static void test_##name(void **state)                                                                    \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_child(name);                                                                                      \
    }
CASE(ids_for_good)
CASE(kept_capabilities)
CASE(sets_only_shrink)
CASE(bounding_is_what_is_kept)
CASE(ambient_is_exact)
CASE(nothing_new)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_for_good),     cmocka_unit_test(test_kept_capabilities),
        cmocka_unit_test(test_sets_only_shrink), cmocka_unit_test(test_bounding_is_what_is_kept),
        cmocka_unit_test(test_ambient_is_exact), cmocka_unit_test(test_nothing_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
