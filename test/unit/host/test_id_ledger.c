/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger and the pool stand at fixed paths: the program puts private folders over them first; root only.
 */
#include "host/id_ledger.h"

#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static bool can;
static const struct id_pool three = {ID_POOL_FIRST, 3};

static uint32_t take(const char *name, const char *folder)
{
    struct failure failure = {0};
    uint32_t first = 0;
    assert_int_equal(id_range_take(&three, name, folder, &first, &failure), 0);
    assert_true(first >= three.first && first < three.first + 3 * 65536 && first % 65536 == 0);
    return first;
}

static void ranges_are_taken_and_given_back(void **state)
{
    (void)state;
    if (!can)
        skip();
    struct failure failure = {0};
    const char *const folders[] = {"/etc/c0", "/etc/c1", "/etc/c2"};
    uint32_t first[3], none = 7;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(mkdir(folders[i], 0700), 0);
        first[i] = take("web", folders[i]); /* the same name: one after the other */
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(first[i], first[j]);
    }
    assert_int_equal(take("web", folders[1]), first[1]); /* again: the same */
    assert_int_equal(id_range_take(&three, "db", "/etc/c3", &none, &failure), -ENOSPC);
    assert_non_null(strstr(failure.text, "all 3 id ranges"));
    assert_int_equal(none, 7);
    id_range_release(&three, first[0], folders[1]); /* not its owner */
    id_range_release(&three, first[0] + 3 * 65536, folders[0]);
    id_range_release(&three, 0, folders[0]);
    failure = (struct failure){0};
    assert_int_equal(id_range_take(&three, "db", "/etc/c3", &none, &failure), -ENOSPC);
    id_range_release(&three, first[0], folders[0]);
    id_range_release(&three, first[0], folders[0]); /* nobody's by now */
    assert_int_equal(take("db", "/etc/c3"), first[0]);
    assert_int_equal(rmdir(folders[2]), 0); /* its container is gone: free without a word */
    assert_int_equal(mkdir("/etc/c3", 0700), 0);
    assert_int_equal(take("other", "/etc/c4"), first[2]);
}

/* Containers of a pod, in whatever order they go. */
static void a_range_is_shared_until_the_last(void **state)
{
    (void)state;
    if (!can)
        skip();
    const struct id_pool one = {ID_POOL_FIRST, 1};
    const char *const folders[] = {"/etc/p0", "/etc/p1", "/etc/p2"};
    struct failure failure = {0};
    struct id_extent *taken = NULL;
    size_t count = 0;
    uint32_t first = 0, other = 0;
    assert_int_equal(id_range_share(&one, ID_POOL_FIRST, folders[1], &failure), -ENOENT);
    assert_int_equal(id_range_share(&one, ID_POOL_FIRST - 65536, folders[1], &failure), -ENOENT);
    assert_int_equal(id_range_take(&one, "pod", folders[0], &first, &failure), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(mkdir(folders[i], 0700), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(id_range_share(&one, first, folders[i], &failure), 0);
        assert_int_equal(id_range_share(&one, first, folders[i], &failure), 0); /* again: no matter */
    }
    id_range_release(&one, first, folders[0]); /* the first one goes first */
    assert_int_equal(id_range_take(&one, "db", "/etc/p3", &other, &failure), -ENOSPC);
    assert_int_equal(rmdir(folders[1]), 0); /* the second without giving back */
    assert_int_equal(id_range_list(&one, &taken, &count, &failure), 0);
    assert_int_equal(count, 1);
    free(taken);
    failure = (struct failure){0};
    assert_int_equal(id_range_take(&one, "db", "/etc/p3", &other, &failure), -ENOSPC);
    id_range_release(&one, first, "/etc/p3"); /* not its holder */
    id_range_release(&one, first, folders[2]);
    id_range_release(&one, first, folders[2]);
    failure = (struct failure){0};
    assert_int_equal(id_range_take(&one, "db", "/etc/p3", &other, &failure), 0);
    id_range_release(&one, first, "/etc/p3");
    assert_int_equal(access(ID_LEDGER "/0.shared", F_OK), -1);
    assert_int_equal(rmdir(folders[0]), 0);
    assert_int_equal(rmdir(folders[2]), 0);
}

static void a_name_comes_back_to_its_range(void **state)
{
    (void)state;
    if (!can)
        skip();
    const struct id_pool pool = {ID_POOL_FIRST, ID_POOL_RANGES};
    struct failure failure = {0};
    uint32_t first = 0, other = 0, again = 0;
    assert_int_equal(id_range_take(&pool, "shop", "/etc", &first, &failure), 0);
    assert_int_equal(id_range_take(&pool, "mail", "/usr", &other, &failure), 0);
    assert_int_not_equal(first, other);
    id_range_release(&pool, first, "/etc");
    assert_int_equal(id_range_take(&pool, "shop", "/var", &again, &failure), 0);
    assert_int_equal(again, first);
    id_range_release(&pool, again, "/var");
    id_range_release(&pool, other, "/usr");
}

static void etc_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
    close(fd);
}

static void assert_text(const char *path, const char *expected)
{
    autofree char *text = NULL;
    assert_int_equal(file_read_all(AT_FDCWD, path, 4096, &text, NULL), 0);
    assert_string_equal(text, expected);
}

static int prepare(const char *subuid, const char *subgid, struct id_pool *ret_pool, bool *ret_created)
{
    struct failure failure = {0};
    etc_write("/etc/subuid", subuid);
    etc_write("/etc/subgid", subgid);
    int r = id_pool_prepare(ret_pool, ret_created, &failure);
    assert_int_equal(failure.error, r);
    return r;
}

static void the_pool_that_is_registered(void **state)
{
    (void)state;
    if (!can)
        skip();
    static const struct {
        const char *subuid, *subgid;
        int result;
        struct id_pool pool;
    } rows[] = {
        {"unroot:700000000:6553600\n", "unroot:700000000:6553600\n", 0, {700000000, 100}},
        {"a:1:2\n#unroot\nunroot:65536:70000", "unroot:65536:70000\n", 0, {65536, 1}},
        {"unroot:5:1\nunroot:65536:65536\n", "unroot:65536:65536\n", 0, {65536, 1}},
        {"unroot:700000000:6553600\n", "", -EUCLEAN, {0, 0}},
        {"", "unroot:700000000:6553600\n", -EUCLEAN, {0, 0}},
        {"unroot:700000000:6553600\n", "unroot:700000001:6553600\n", -EINVAL, {0, 0}},
        {"unroot:0:65536\n", "unroot:0:65536\n", -EINVAL, {0, 0}},
        {"unroot:4294901760:131072\n", "unroot:4294901760:131072\n", -EINVAL, {0, 0}}, /* wraps to 0 */
        {"unroot:4294901759:65536\n", "unroot:4294901759:65536\n", 0, {4294901759u, 1}},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct id_pool pool = {0, 0};
        bool created = true;
        assert_int_equal(prepare(rows[i].subuid, rows[i].subgid, &pool, &created), rows[i].result);
        assert_false(created);
        assert_int_equal(pool.first, rows[i].pool.first);
        assert_int_equal(pool.ranges, rows[i].pool.ranges);
        assert_text("/etc/subuid", rows[i].subuid);
    }
}

static void a_pool_is_made_where_nothing_is(void **state)
{
    (void)state;
    if (!can)
        skip();
    char members[900] = "big:x:1879048200:";
    memset(members + strlen(members), 'm', sizeof(members) - strlen(members) - 2);
    members[sizeof(members) - 2] = '\n';
    static const uint32_t first = ID_POOL_FIRST;
    struct id_pool pool;
    bool created = false;
    etc_write("/etc/passwd", "root:x:0:0::/:/bin/sh\n");
    etc_write("/etc/group", "root:x:0:\n");
    assert_int_equal(prepare("me:100000:65536", "", &pool, &created), 0);
    assert_true(created);
    assert_int_equal(pool.first, first);
    assert_int_equal(pool.ranges, ID_POOL_RANGES);
    assert_text("/etc/subuid", "me:100000:65536\nunroot:1879048192:268304384\n");
    assert_text("/etc/subgid", "unroot:1879048192:268304384\n");
    assert_int_equal(prepare("me:1879048000:65536\n", "", &pool, &created), 0); /* reaches into the first */
    assert_int_equal(pool.first, first + 65536);
    assert_int_equal(pool.ranges, ID_POOL_RANGES - 1);
    etc_write("/etc/group", members); /* a long line is a group too */
    assert_int_equal(prepare("", "", &pool, &created), 0);
    assert_int_equal(pool.first, first + 65536);
    etc_write("/etc/passwd", "deep:x:1879200000:0::/:/bin/sh\n");
    assert_int_equal(prepare("", "", &pool, &created), 0);
    assert_int_equal(pool.first, first + 3 * 65536);
    assert_int_equal(prepare("all:1879048192:268304384\n", "", &pool, &created), -ENOSPC);
    assert_false(created);
    assert_text("/etc/subuid", "all:1879048192:268304384\n");
}

static int tmpfs_over(const char *path)
{
    const struct mount_request request = {"tmpfs", NULL, 0, 0, -EBADF};
    autoclose int fd = mount_make(&request, NULL);
    autoclose int target = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || target < 0)
        return -1;
    return mount_attach(fd, target);
}

static int private_folders(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("not root: the id ledger cannot be tested\n");
        return 0;
    }
    if (process_unshare(CLONE_NEWNS) < 0 || mount_make_private() < 0 || tmpfs_over("/etc") < 0 ||
        tmpfs_over("/var/lib") < 0 || tmpfs_over("/run") < 0)
        return -1;
    can = true;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_taken_and_given_back), cmocka_unit_test(a_range_is_shared_until_the_last),
        cmocka_unit_test(a_name_comes_back_to_its_range),  cmocka_unit_test(the_pool_that_is_registered),
        cmocka_unit_test(a_pool_is_made_where_nothing_is),
    };
    return cmocka_run_group_tests(tests, private_folders, NULL);
}
