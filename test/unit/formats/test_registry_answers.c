/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/http_field.h"
#include "formats/registry_document.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(784111777) /* Sun, 06 Nov 1994 08:49:37 GMT */

static void retry_after(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int result;
        uint32_t seconds;
    } rows[] = {
        {"0", 0, 0},
        {"120", 0, 120},
        {"99999999999999999999999", 0, UINT32_MAX},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 0, 0},
        {"Sun, 06 Nov 1994 08:50:37 GMT", 0, 60},
        {"Sat, 05 Nov 1994 08:50:37 GMT", 0, 0},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 0, UINT32_MAX},
        {"", -EBADMSG, 0},
        {"-1", -EBADMSG, 0},
        {"1.5", -EBADMSG, 0},
        {"Sun, 06 Nov 1994 08:49:37", -EBADMSG, 0},
        {"Sun, 6 Nov 1994 08:49:37 GMT", -EBADMSG, 0},
        {"Sun, 06 Now 1994 08:49:37 GMT", -EBADMSG, 0},
        {"Sun, 06 Nov 1994 24:49:37 GMT", -EBADMSG, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint32_t seconds = 0;
        if (http_read_retry_after(rows[i].value, NOW, &seconds) != rows[i].result ||
            seconds != rows[i].seconds)
            fail_msg("%s: %u", rows[i].value, seconds);
    }
}

static void ranges(void **state)
{
    (void)state;
    uint64_t first, last, total, size;
    assert_int_equal(http_read_content_range("bytes 5-9/10", &first, &last, &total), 0);
    assert_true(first == 5 && last == 9 && total == 10);
    assert_int_equal(http_read_content_range("bytes 0-0/*", &first, &last, &total), 0);
    assert_true(total == UINT64_MAX);
    static const char *const bad[] = {
        "bytes 5-4/10",  "bytes 5-10/10", "bytes */10", "5-9/10",
        "bytes 5-9/10 ", "bytes -9/10",   "bytes 5-9",  "bytes 5-99999999999999999999/*"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(http_read_content_range(bad[i], &first, &last, &total), -EBADMSG);
    assert_int_equal(http_read_upload_range("0-0", &size), 0);
    assert_true(size == 0);
    assert_int_equal(http_read_upload_range("bytes=0-99", &size), 0);
    assert_true(size == 100);
    assert_int_equal(http_read_upload_range("1-99", &size), -EBADMSG);
    assert_int_equal(http_read_upload_range("0-99x", &size), -EBADMSG);
}

static void links(void **state)
{
    (void)state;
    static const struct {
        const char *value, *target;
        int result;
    } rows[] = {
        {"</v2/a/tags/list?n=2&last=b>; rel=\"next\"", "/v2/a/tags/list?n=2&last=b", 0},
        {"<a>; rel=prev, <b>;x=\"y, z\";REL=Next", "b", 0},
        {"<a>; rel=prev", NULL, -ENOENT},
        {"<a>", NULL, -ENOENT},
        {"", NULL, -ENOENT},
        {"a; rel=next", NULL, -EBADMSG},
        {"<a; rel=next", NULL, -EBADMSG},
        {"<>; rel=next", NULL, -EBADMSG},
        {"<a>; rel=\"next", NULL, -EBADMSG},
        {"<a> <b>", NULL, -EBADMSG},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autofree char *target = NULL;
        if (http_read_link_next(rows[i].value, &target) != rows[i].result)
            fail_msg("%s", rows[i].value);
        if (rows[i].target)
            assert_string_equal(target, rows[i].target);
    }
}

static void types_and_limits(void **state)
{
    (void)state;
    char type[32];
    uint64_t number;
    uint32_t window;
    assert_int_equal(http_read_media_type("application/json; charset=utf-8", type, sizeof(type)), 0);
    assert_string_equal(type, "application/json");
    assert_int_equal(http_read_media_type("application/a-type-that-does-not-fit", type, sizeof(type)),
                     -EBADMSG);
    assert_int_equal(http_read_media_type("json", type, sizeof(type)), -EBADMSG);
    assert_int_equal(http_read_rate_limit("100;w=21600", &number, &window), 0);
    assert_true(number == 100 && window == 21600);
    assert_int_equal(http_read_rate_limit("100", &number, &window), 0);
    assert_int_equal(window, 0);
    assert_int_equal(http_read_rate_limit("100;w=x", &number, &window), -EBADMSG);
    assert_int_equal(http_read_rate_limit("many", &number, &window), -EBADMSG);
}

static void expect_errors(const char *document, const char *text)
{
    char said[REGISTRY_ERROR_SIZE];
    registry_errors_read(document, strlen(document), said);
    assert_string_equal(said, text);
}

static void errors(void **state)
{
    (void)state;
    expect_errors("{\"errors\":[{\"code\":\"DENIED\",\"message\":\"no\",\"detail\":{}}]}", "DENIED: no");
    expect_errors("{\"errors\":[{\"code\":\"A\"},{\"message\":\"b\"},{\"code\":\"C\"},{\"code\":\"D\"}]}",
                  "A; b; C");
    expect_errors("{\"details\":\"incorrect username or password\"}", "incorrect username or password");
    expect_errors("{\"errors\":[],\"message\":\"m\"}", "m");
    expect_errors("{\"errors\":[{\"code\":\"A\\u001b[2J\\n\"}]}", "A?[2J?");
    expect_errors("<html>", "");
    expect_errors("[]", "");
    char large[2000] = "{\"message\":\"", said[REGISTRY_ERROR_SIZE];
    size_t n = strlen(large);
    memset(large + n, 'x', 1900);
    memcpy(large + n + 1900, "\"}", 3);
    registry_errors_read(large, strlen(large), said);
    assert_int_equal(strlen(said), REGISTRY_ERROR_SIZE - 1);
}

static void tokens(void **state)
{
    (void)state;
    static const struct {
        const char *document, *token;
        uint32_t seconds;
    } rows[] = {
        {"{\"token\":\"abc\"}", "abc", 60},
        {"{\"access_token\":\"abc\",\"expires_in\":300}", "abc", 300},
        {"{\"token\":\"\",\"access_token\":\"abc\",\"expires_in\":1}", "abc", 60},
        {"{\"token\":\"abc\",\"expires_in\":\"x\"}", "abc", 60},
        {"{\"token\":\"a b\"}", NULL, 0},
        {"{\"token\":\"a\\r\\nX: y\"}", NULL, 0},
        {"{\"token\":1}", NULL, 0},
        {"{}", NULL, 0},
        {"", NULL, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autofree char *token = NULL;
        uint32_t seconds = 0;
        int r = registry_token_read(rows[i].document, strlen(rows[i].document), &token, &seconds);
        assert_int_equal(r, rows[i].token ? 0 : -EBADMSG);
        assert_int_equal(seconds, rows[i].seconds);
        if (rows[i].token)
            assert_string_equal(token, rows[i].token);
    }
}

static void tags(void **state)
{
    (void)state;
    static const char *const bad[] = {"{}",
                                      "{\"tags\":{}}",
                                      "{\"tags\":[1]}",
                                      "{\"tags\":[\"a/b\"]}",
                                      "{\"tags\":[\"a\\nb\"]}",
                                      "{\"tags\":[\"\"]}",
                                      "[]",
                                      "{\"tags\":[\"a\"]"};
    autotext struct text lines = {0};
    static const char ok[] = "{\"name\":\"a\",\"tags\":[\"1\",\"v2.0-x\"]}", none[] = "{\"tags\":null}";
    assert_int_equal(registry_tags_read(ok, strlen(ok), &lines), 0);
    assert_int_equal(registry_tags_read(none, strlen(none), &lines), 0);
    assert_string_equal(text_peek(&lines), "1\nv2.0-x\n");
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (registry_tags_read(bad[i], strlen(bad[i]), &lines) != -EBADMSG)
            fail_msg("accepted: %s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retry_after), cmocka_unit_test(ranges),
        cmocka_unit_test(links),       cmocka_unit_test(types_and_limits),
        cmocka_unit_test(errors),      cmocka_unit_test(tokens),
        cmocka_unit_test(tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
