/* SPDX-License-Identifier: Apache-2.0 */
/* text.h, hex.h, utf8.h */
#include "base/hex.h"
#include "base/text.h"
#include "base/utf8.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_building(void **state)
{
    autotext struct text t = {0};
    assert_string_equal(text_peek(&t), "");
    text_append(&t, "a");
    text_append_char(&t, 'b');
    text_append_n(&t, "cde", 2);
    text_printf(&t, "%d-%s", 7, "x");
    text_append_n(&t, "", 0);
    text_append(&t, "");
    assert_int_equal(text_error(&t), 0);
    assert_string_equal(text_peek(&t), "abcd7-x");
    assert_int_equal(t.length, 7);
    autofree char *taken = text_take(&t);
    assert_string_equal(taken, "abcd7-x");
    assert_null(t.data);
    autofree char *empty = text_take(&t);
    assert_string_equal(empty, "");
}

static void test_growing(void **state)
{
    autotext struct text t = {0};
    for (int i = 0; i < 10000; i++)
        text_printf(&t, "%04d", i % 10000);
    assert_int_equal(t.length, 40000);
    assert_int_equal(strlen(text_peek(&t)), 40000);
    assert_memory_equal(text_peek(&t) + 4 * 1234, "1234", 4);
    text_append_n(&t, "\0x", 2);
    assert_int_equal(t.length, 40002);
}

static void test_out_of_memory(void **state)
{
    autotext struct text t = {0};
    text_append(&t, "abc");
    text_append_n(&t, "x", SIZE_MAX - 2); /* overflows before anything is read */
    assert_int_equal(text_error(&t), -ENOMEM);
    text_append(&t, "d"); /* does nothing */
    assert_string_equal(text_peek(&t), "abc");
    assert_null(text_take(&t));
}

static void test_hex(void **state)
{
    char text[9];
    hex_encode("\x00\xff\x1a\xb2", 4, text);
    assert_string_equal(text, "00ff1ab2");
    hex_encode("", 0, text);
    assert_string_equal(text, "");
    assert_true(hex_is_valid("00ff1ab2", 8));
    assert_false(hex_is_valid("00ff1ab2", 7));
    assert_false(hex_is_valid("00ff1ab2", 9));
    assert_false(hex_is_valid("00FF1ab2", 8));
    assert_false(hex_is_valid("00ff1ab\n", 8));
    assert_true(hex_is_valid("", 0));
}

static void test_utf8(void **state)
{
    const char *const good[] = {"",
                                "a",
                                "\xc2\x80",
                                "\xdf\xbf",
                                "\xe0\xa0\x80",
                                "\xed\x9f\xbf",
                                "\xee\x80\x80",
                                "\xf0\x90\x80\x80",
                                "\xf4\x8f\xbf\xbf",
                                "a\xc3\xa4z"};
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        assert_true(utf8_is_valid(good[i], strlen(good[i])));
    const char *const bad[] = {"\x80",
                               "\xc0\x80",
                               "\xc1\xbf",
                               "\xc2",
                               "\xc2x",
                               "\xe0\x9f\xbf",
                               "\xed\xa0\x80",
                               "\xe2\x82",
                               "\xf0\x8f\xbf\xbf",
                               "\xf4\x90\x80\x80",
                               "\xf5\x80\x80\x80",
                               "\xff",
                               "a\xfe"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(utf8_is_valid(bad[i], strlen(bad[i])));
    assert_int_equal(utf8_sequence("\xc2\x80", 1), 0);
    assert_int_equal(utf8_sequence("", 0), 0);
}

/* Every code point is written as a sequence that is valid and comes out with the right length. */
static void test_utf8_all(void **state)
{
    char bytes[UTF8_LENGTH_MAX];
    for (uint32_t c = 0; c <= 0x110010; c++) {
        size_t n = utf8_encode(c, bytes);
        bool exists = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
        assert_int_equal(n, !exists ? 0 : c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);
        if (n > 0)
            assert_int_equal(utf8_sequence(bytes, n), n);
    }
    assert_int_equal(utf8_encode(0x20ac, bytes), 3);
    assert_memory_equal(bytes, "\xe2\x82\xac", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_building), cmocka_unit_test(test_growing), cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_hex),      cmocka_unit_test(test_utf8),    cmocka_unit_test(test_utf8_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
