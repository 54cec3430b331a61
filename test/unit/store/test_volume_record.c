/* SPDX-License-Identifier: Apache-2.0 */
#include "store/volume_record.h"

#include "kernel/file.h"
#include "kernel/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/var/tmp/unroot-volume.XXXXXX";
static struct store store;
static struct failure failure;

static int create(const char *name)
{
    autovolume struct volume v = {
        .name = strdup(name), .created = {1795296183, 5}, .anonymous = true, .fresh = true};
    assert_int_equal(strings_add(&v.labels, "a=b"), 0);
    return volume_record_create(&store, &v);
}

static void a_record_is_read_as_written(void **state)
{
    (void)state;
    autovolume struct volume v = {0};
    assert_int_equal(create("data"), 0);
    assert_int_equal(create("data"), -EEXIST);
    assert_int_equal(volume_record_read(&store, "data", &v), 0);
    assert_string_equal(v.name, "data");
    assert_int_equal(v.created.tv_sec, 1795296183);
    assert_int_equal(v.created.tv_nsec, 5);
    assert_true(v.anonymous && v.fresh && v.labels.count == 1);
    v.fresh = false;
    assert_int_equal(volume_record_write(&store, &v), 0);
    volume_free(&v);
    assert_int_equal(volume_record_read(&store, "data", &v), 0);
    assert_false(v.fresh);
    autoclose int fd = volume_record_open(&store, "data");
    struct stat st;
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    assert_int_equal(st.st_uid, STORE_ID_BASE);
}

static void names_are_listed_and_go(void **state)
{
    (void)state;
    autostrings struct strings names = {0}, left = {0};
    assert_int_equal(create("b2"), 0);
    assert_int_equal(create("a1"), 0);
    assert_int_equal(volume_record_list(&store, &names), 0);
    assert_true(names.count >= 2);
    for (size_t i = 1; i < names.count; i++)
        assert_true(strcmp(names.items[i - 1], names.items[i]) < 0);
    for (size_t i = 0; i < names.count; i++)
        assert_int_equal(volume_record_remove(&store, names.items[i]), 0);
    assert_int_equal(volume_record_list(&store, &left), 0);
    assert_int_equal(left.count, 0);
    assert_int_equal(volume_record_remove(&store, "a1"), -ENOENT);
    assert_int_equal(volume_record_open(&store, "a1"), -ENOENT);
}

static void paths_are_no_names(void **state)
{
    (void)state;
    static const char *const names[] = {"", ".", "..", "../images", "a/b", ".hidden", "a"};
    autovolume struct volume v = {0};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        assert_int_equal(create(names[i]), -EINVAL);
        assert_int_equal(volume_record_read(&store, names[i], &v), -ENOENT);
        assert_int_equal(volume_record_open(&store, names[i]), -ENOENT);
        assert_int_equal(volume_record_remove(&store, names[i]), -ENOENT);
    }
}

/* What a killed removal leaves: files without a record are no volume and do not come back with the name. */
static void a_folder_without_record_is_rubbish(void **state)
{
    (void)state;
    assert_int_equal(create("again"), 0);
    autoclose int old = volume_record_open(&store, "again");
    assert_int_equal(file_write_atomic(old, "secret", "x", 1, false), 0);
    assert_int_equal(unlinkat(store.records_fd, "again.json", 0), 0);
    assert_int_equal(create("again"), 0);
    autoclose int new = volume_record_open(&store, "again");
    assert_int_equal(faccessat(new, "secret", F_OK, 0), -1);
}

static void a_broken_record_is_told(void **state)
{
    (void)state;
    autovolume struct volume v = {0};
    assert_int_equal(create("broken"), 0);
    assert_int_equal(file_write_atomic(store.records_fd, "broken.json", "{", 1, false), 0);
    assert_int_equal(volume_record_read(&store, "broken", &v), -EBADMSG);
    assert_int_equal(file_write_atomic(store.records_fd, "broken.json", "{}", 2, false), 0);
    assert_int_equal(volume_record_read(&store, "broken", &v), -EBADMSG);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(root))
        return -1;
    autoclose int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return store_open(&store, fd, "/nowhere", &failure);
}

static int tear_down(void **state)
{
    (void)state;
    store_close(&store);
    autoclose int parent = open("/var/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return tree_remove(parent, strrchr(root, '/') + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_read_as_written), cmocka_unit_test(names_are_listed_and_go),
        cmocka_unit_test(paths_are_no_names),          cmocka_unit_test(a_folder_without_record_is_rubbish),
        cmocka_unit_test(a_broken_record_is_told),
    };
    if (geteuid() != 0) {
        printf("needs root: the store's folders belong to other ids\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
