/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "init/output.h"
#include "init/span.h"

#include <errno.h>
#include <limits.h>

static void test_format(void **state)
{
    char b[200];
    (void)state;
    assert_int_equal(format_text(b, sizeof(b), "%s %d %u %x %o %c%%", "s", -5, 7u, 255u, 8u, 'c'), 15);
    assert_string_equal(b, "s -5 7 ff 10 c%");
    format_text(b, sizeof(b), "%ld %lu %zu %.*s|", LONG_MIN, ULONG_MAX, (size_t)3, 2, "abc");
    assert_string_equal(b, "-9223372036854775808 18446744073709551615 3 ab|");
    assert_int_equal(format_text(b, 4, "%s", "abcdef"), 3);
    assert_string_equal(b, "abc");
}

static void test_spans(void **state)
{
    uint64_t n = 9;
    (void)state;
    struct span rest = span_of("a::b");
    assert_true(span_is(span_cut(&rest, ':'), "a"));
    assert_true(span_is(span_cut(&rest, ':'), ""));
    assert_non_null(rest.data);
    assert_true(span_is(span_cut(&rest, ':'), "b"));
    assert_null(rest.data);
    assert_int_equal(span_number(span_of("18446744073709551615"), UINT64_MAX, &n), 0);
    assert_int_equal(span_number(span_of("18446744073709551616"), UINT64_MAX, &n), -ERANGE);
    assert_int_equal(span_number(span_of("28446744073709551616"), UINT64_MAX, &n), -ERANGE);
    assert_int_equal(span_number(span_of("6"), 5, &n), -ERANGE);
    assert_int_equal(span_number(span_of(""), 5, &n), -EINVAL);
    assert_int_equal(span_number(span_of(" 1"), 5, &n), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_format), cmocka_unit_test(test_spans)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
