/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mount_info.h"
#include "formats/overlay_options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_docker(void **state)
{
    autooverlay struct overlay_options o = {0};
    struct failure f = {0};
    assert_int_equal(overlay_options_parse("rw,lowerdir=/d/l/AB:/d/l/CD,upperdir=/d/1/diff,workdir=/d/1/work,"
                                           "index=off,uuid=on,nouserxattr",
                                           &o, &f),
                     -EINVAL);
    assert_string_equal(f.text, "overlay option nouserxattr: not known");
    assert_int_equal(overlay_options_parse("rw,lowerdir=/d/l/AB:/d/l/CD,upperdir=/d/1/diff,workdir=/d/1/work,"
                                           "index=off,xino=off,redirect_dir=on,metacopy=on,volatile",
                                           &o, &f),
                     0);
    assert_int_equal(o.lower.count, 2);
    assert_string_equal(o.lower.items[1], "/d/l/CD");
    assert_string_equal(o.upper, "/d/1/diff");
    assert_string_equal(o.work, "/d/1/work");
    assert_string_equal(o.redirect_dir, "on");
    assert_int_equal(o.index, OVERLAY_OFF);
    assert_int_equal(o.metacopy, OVERLAY_ON);
    assert_int_equal(o.nfs_export, OVERLAY_DEFAULT);
    assert_true(o.is_volatile);
    assert_false(o.userxattr || o.read_only);
}

static void test_quoting(void **state)
{
    /* What the kernel shows for the folders "a:b", "c,d", "e f" and "g\h": its own quoting, then the table's.
     */
    autooverlay struct overlay_options o = {0};
    struct failure f = {0};
    assert_int_equal(
        overlay_options_parse("ro,lowerdir=a\\134:b:c\\134\\054d:e\\040f:g\\134\\134h,userxattr", &o, &f), 0);
    const char *const want[] = {"a:b", "c,d", "e f", "g\\h"};
    assert_int_equal(o.lower.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(o.lower.items[i], want[i]);
    assert_true(o.userxattr && o.read_only);
    assert_null(o.upper);
}

static void test_one_by_one(void **state)
{
    /* Layers that were given one at a time are not quoted a second time. */
    autooverlay struct overlay_options o = {0}, p = {0};
    struct failure f = {0};
    assert_int_equal(
        overlay_options_parse("rw,lowerdir+=a:b,lowerdir+=c\\134:d,datadir+=e,fsync=auto", &o, &f), 0);
    assert_int_equal(o.lower.count, 2);
    assert_string_equal(o.lower.items[0], "a:b");
    assert_string_equal(o.lower.items[1], "c\\:d");
    assert_string_equal(o.data.items[0], "e");
    assert_false(o.is_volatile);
    assert_int_equal(overlay_options_parse("lowerdir=a:b::c::d,verity=require,fsync=volatile", &p, &f), 0);
    assert_int_equal(p.lower.count, 2);
    assert_int_equal(p.data.count, 2);
    assert_string_equal(p.data.items[1], "d");
    assert_true(p.is_volatile);
}

static void test_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "rw",
        "rw,lowerdir=",
        "rw,lowerdir=:a",
        "rw,lowerdir=a:",
        "rw,lowerdir=a::b:c",
        "rw,lowerdir=a,lowerdir=b",
        "rw,lowerdir=a,upperdir=b",
        "rw,lowerdir=a,workdir=b",
        "rw,lowerdir=a,upperdir=b,upperdir=c,workdir=d",
        "rw,lowerdir=a,index",
        "rw,lowerdir=a,index=maybe",
        "rw,lowerdir=a,index=on,index=off",
        "rw,lowerdir=a,volatile=1",
        "rw,lowerdir=a,fsync=never",
        "rw,lowerdir=a,context=\"u:r:t:s0",
        "rw,lowerdir=a,,xino=on",
        "rw,lowerdir+=a,datadir+=b,lowerdir+=c",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct overlay_options o = {0};
        struct failure f = {0};
        assert_int_equal(overlay_options_parse(bad[i], &o, &f), -EINVAL);
        assert_string_not_equal(f.text, "");
        assert_int_equal(o.lower.count, 0);
    }
}

static void test_too_many(void **state)
{
    struct overlay_options o = {0};
    struct failure f = {0};
    char text[2100] = "lowerdir=a";
    for (size_t i = 0; i < 500; i++)
        memcpy(text + 10 + 2 * i, ":b", 3);
    assert_int_equal(overlay_options_parse(text, &o, &f), -E2BIG);
    text[10 + 2 * 499] = '\0';
    assert_int_equal(overlay_options_parse(text, &o, &f), 0);
    assert_int_equal(o.lower.count, 500);
    overlay_options_free(&o);
}

static const char table[] =
    "36 35 98:0 / / rw,noatime shared:1 master:2 - ext4 /dev/root rw,errors=continue\n"
    "40 36 0:44 /sub /mnt/with\\040blank rw,relatime,idmapped - overlay over\\040lay rw,lowerdir=a\\054b\n"
    "41 36 0:45 / /other rw - tmpfs  rw\n";

static void test_mount_table(void **state)
{
    struct mount_info info = {0};
    assert_int_equal(mount_info_find(table, 40, &info), 0);
    assert_string_equal(info.root, "/sub");
    assert_string_equal(info.point, "/mnt/with blank");
    assert_string_equal(info.type, "overlay");
    assert_string_equal(info.options, "rw,lowerdir=a\\054b");
    assert_true(info.idmapped);
    mount_info_free(&info);
    assert_int_equal(mount_info_find(table, 36, &info), 0);
    assert_string_equal(info.type, "ext4");
    assert_false(info.idmapped);
    mount_info_free(&info);
    assert_int_equal(mount_info_find(table, 41, &info), 0); /* an empty source */
    assert_string_equal(info.options, "rw");
    mount_info_free(&info);
    assert_int_equal(mount_info_find(table, 4, &info), -ENOENT);
    assert_int_equal(mount_info_find("40 36 0:44 / /a rw - overlay o\n", 40, &info), -EINVAL);
    assert_int_equal(mount_info_find("x 36 0:44 / /a rw - overlay o rw\n", 40, &info), -EINVAL);
    assert_int_equal(mount_info_find("", 40, &info), -ENOENT);
}

static void test_unescape(void **state)
{
    char text[] = "\\040a\\134\\0541\\000\\8\\777\\";
    mount_info_unescape(text);
    assert_string_equal(text, " a\\,1\\000\\8\\777\\");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_docker),   cmocka_unit_test(test_quoting),  cmocka_unit_test(test_one_by_one),
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_too_many), cmocka_unit_test(test_mount_table),
        cmocka_unit_test(test_unescape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
