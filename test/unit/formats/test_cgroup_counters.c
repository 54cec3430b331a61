/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/cgroup_counters.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void numbers_and_lists(void **state)
{
    uint64_t value = 0;
    assert_int_equal(
        cgroup_counter_find("usage_usec 5\nuser_usec 18446744073709551615\n", "user_usec", &value), 0);
    assert_true(value == UINT64_MAX);
    assert_int_equal(cgroup_counter_find("max\n", NULL, &value), 0);
    assert_true(value == UINT64_MAX);
    assert_int_equal(cgroup_counter_find("usage_usec 5", "usage", &value), -ENODATA);
    assert_int_equal(cgroup_counter_find("a -5", "a", &value), -ENODATA);
    assert_int_equal(cgroup_counter_find("a", "a", &value), -ENODATA);
    assert_int_equal(cgroup_counter_find("", NULL, &value), -ENODATA);
    autostrings struct strings list = {0};
    assert_int_equal(cgroup_counter_list("anon 5\nfile x\n\nshmem 7\nodd\n", &list), 0);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[1], "shmem=7");
    autofree uint64_t *numbers = NULL;
    size_t count = 0;
    assert_int_equal(cgroup_counter_numbers("0 22565180 \n9", &numbers, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(numbers[1], 22565180);
}

static void block_io(void **state)
{
    autofree struct oci_io_count *v1 = NULL, *bytes = NULL, *operations = NULL;
    size_t count = 0;
    assert_int_equal(
        cgroup_counter_io_v1("8:0 Read 4096\n8:0 Write 0\n8:x Read 5\n8:0 Odd 3\n8:16 Total 7\nTotal 0\n",
                             &v1, &count),
        0);
    assert_int_equal(count, 3);
    assert_true(v1[0].major == 8 && v1[0].minor == 0 && v1[0].value == 4096);
    assert_string_equal(v1[0].operation, "Read");
    assert_true(v1[2].minor == 16 && v1[2].value == 7);
    const char *text = "254:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0 cost.usage=3\n7:1 \n";
    assert_int_equal(cgroup_counter_io_v2(text, false, &bytes, &count), 0);
    assert_int_equal(count, 3);
    assert_true(bytes[1].major == 254 && bytes[1].value == 20);
    assert_int_equal(cgroup_counter_io_v2(text, true, &operations, &count), 0);
    assert_int_equal(count, 3);
    assert_true(operations[1].value == 2);
}

static void pressure(void **state)
{
    struct oci_pressure p = {0};
    assert_int_equal(cgroup_counter_pressure("some avg10=95.58 avg60=0.07 avg300=100.00 total=16014245939\n"
                                             "full avg10=0.00 avg60=0.00 avg300=0.01 total=0\n",
                                             &p),
                     0);
    assert_true(p.some.avg10 == 9558 && p.some.avg60 == 7 && p.some.avg300 == 10000);
    assert_true(p.some.total_us == 16014245939 && p.full.avg300 == 1);
    static const char *const bad[] = {"",
                                      "some",
                                      "some avg10=1 avg60=0.00 avg300=0.00 total=0",
                                      "some avg10=-1.00 avg60=0.00 avg300=0.00 total=0",
                                      "some avg10=0.00 avg60=0.00 avg300=0.00",
                                      "full avg10=0.00 avg60=0.00 avg300=0.01 total=0"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(cgroup_counter_pressure(bad[i], &p), -ENODATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_and_lists), cmocka_unit_test(block_io),
                                       cmocka_unit_test(pressure)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
