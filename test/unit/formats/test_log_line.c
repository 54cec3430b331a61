/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/log_line.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TIME "2026-11-21T20:33:41.123456789Z"

static const struct {
    const char *bytes;
    size_t size;
    const char *text;
} texts[] = {
    {"hello\n", 6, "hello\\n"},
    {"\"\\\n\r\t\b\f", 7, "\\\"\\\\\\n\\r\\t\\b\\f"},
    {"\0\1\x1f\x7f", 4, "\\u0000\\u0001\\u001f\x7f"},
    {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"\xff", 1, "\\udcff"},
    {"\xc3", 1, "\\udcc3"},                                  /* cut off */
    {"\xc3(", 2, "\\udcc3("},                                /* no continuation */
    {"\xc0\xaf", 2, "\\udcc0\\udcaf"},                       /* overlong */
    {"\xed\xa0\x80", 3, "\\udced\\udca0\\udc80"},            /* a surrogate */
    {"\xf4\x90\x80\x80", 4, "\\udcf4\\udc90\\udc80\\udc80"}, /* above U+10FFFF */
    {"\xe2\x82", 2, "\\udce2\\udc82"},
};

static void encodes_and_decodes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        char line[256] = LOG_HEAD, expected[256];
        size_t n = strlen(line);
        n += log_text_encode(texts[i].bytes, texts[i].size, line + n);
        n += log_tail_encode(LOG_STDERR, TIME, line + n);
        line[n] = '\0';
        (void)snprintf(expected, sizeof(expected),
                       "{\"log\":\"%s\",\"stream\":\"stderr\",\"time\":\"" TIME "\"}\n", texts[i].text);
        assert_string_equal(line, expected);
        struct log_entry entry;
        assert_int_equal(log_line_decode(line, n - 1, &entry), 0);
        assert_int_equal(entry.size, texts[i].size);
        assert_memory_equal(entry.text, texts[i].bytes, entry.size);
        assert_int_equal(entry.stream, LOG_STDERR);
        assert_int_equal(entry.time.tv_nsec, 123456789);
    }
}

static void the_longest_entry_fits(void **state)
{
    (void)state;
    char *text = calloc(1, LOG_TEXT_MAX), *line = malloc(LOG_ENTRY_MAX);
    assert_non_null(text);
    assert_non_null(line);
    size_t n = strlen(LOG_HEAD) + log_text_encode(text, LOG_TEXT_MAX, line);
    n += log_tail_encode(LOG_STDOUT, TIME, line + n);
    assert_true(n <= LOG_ENTRY_MAX);
    free(text);
    free(line);
}

static void cuts_between_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t size, cut;
    } rows[] = {
        {"abc", 3, 3},
        {"ab\xe2", 3, 2},
        {"a\xe2\x82", 3, 1},
        {"\xe2\x82\xac", 3, 3},
        {"a\xf0\x9f\x98", 4, 1},
        {"\xf0\x9f\x98\x80", 4, 4},
        {"\x80\x80\x80\x80", 4, 4},
        {"\xe2\x82", 2, 2},
        {"a\xff", 2, 2},
        {"a\xc3", 2, 1},
        {"\xc3", 1, 1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(log_text_cut(rows[i].text, rows[i].size), rows[i].cut);
}

static void refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{}",
        "{\"log\":\"\",\"stream\":\"stdout\",\"time\":\"" TIME "\"}",
        "{\"log\":\"x\",\"stream\":\"stdin\",\"time\":\"" TIME "\"}",
        "{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"" TIME "\"} ",
        "{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"" TIME "\"",
        "{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"2026-11-21T20:33:41Z\"}",
        "{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"2026-11-21T20:33:41.12345+01:00\"}",
        "{\"log\":\"x\", \"stream\":\"stdout\",\"time\":\"" TIME "\"}",
        "{\"log\":\"\\u0041\",\"stream\":\"stdout\",\"time\":\"" TIME "\"}",
        "{\"log\":\"\\uDCFF\",\"stream\":\"stdout\",\"time\":\"" TIME "\"}",
        "{\"log\":\"\\udc7f\",\"stream\":\"stdout\",\"time\":\"" TIME "\"}",
        "{\"log\":\"\\x\",\"stream\":\"stdout\",\"time\":\"" TIME "\"}",
        "{\"log\":\"\\",
        "{\"log\":\"\\u00",
        "{\"log\":\"\xff\",\"stream\":\"stdout\",\"time\":\"" TIME "\"}",
        "{\"log\":\"\t\",\"stream\":\"stdout\",\"time\":\"" TIME "\"}",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char line[256];
        struct log_entry entry;
        size_t n = strlen(bad[i]);
        memcpy(line, bad[i], n);
        if (log_line_decode(line, n, &entry) != -EINVAL)
            fail_msg("accepted: %s", bad[i]);
    }
}

static void names(void **state)
{
    (void)state;
    char name[LOG_NAME_SIZE];
    uint32_t number = 0;
    log_name_format(1, name);
    assert_string_equal(name, "00000001.json");
    log_name_format(LOG_NUMBER_MAX, name);
    assert_int_equal(log_name_parse(name, &number), 0);
    assert_int_equal(number, LOG_NUMBER_MAX);
    static const char *const bad[] = {"",
                                      ".",
                                      "00000000.json",
                                      "1.json",
                                      "00000001.jso",
                                      "00000001.json.1",
                                      "0000000x.json",
                                      "+0000001.json"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(log_name_parse(bad[i], &number), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_and_decodes),
        cmocka_unit_test(the_longest_entry_fits),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(refuses),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
