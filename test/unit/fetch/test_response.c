/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/response.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int take(struct response *r, const char *line)
{
    return response_take_line(r, line, strlen(line), 0);
}

static void a_head(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "HTTP/1.1 206 Partial Content\r\n",
        "content-length: 5 \r\n",
        "Content-Type: application/json; charset=utf-8\r\n",
        "Docker-Content-Digest:sha256:" HEX "\r\n",
        "Content-Range: bytes 5-9/10\r\n",
        "Retry-After: 7\r\n",
        "RateLimit-Limit: 100;w=21600\r\n",
        "Location: /here\r\n",
        "Link: </next>; rel=next\r\n",
        "X-Other\r\n",
        "\r\n",
    };
    struct response r = {0};
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
        assert_int_equal(take(&r, lines[i]), 0);
    assert_int_equal(r.status, 206);
    assert_true(r.has_length && r.length == 5);
    assert_string_equal(r.media_type, "application/json");
    assert_string_equal(r.digest.hex, HEX);
    assert_true(r.has_range && r.range_first == 5 && r.range_last == 9 && r.range_total == 10);
    assert_true(r.has_retry_after && r.retry_after == 7);
    assert_true(r.has_limit && r.limit == 100 && r.limit_window == 21600);
    assert_string_equal(r.location, "/here");
    assert_string_equal(r.link, "</next>; rel=next");
    size_t size = r.head_size;
    assert_int_equal(take(&r, "HTTP/2 401\r\n"), 0);
    assert_int_equal(r.status, 401);
    assert_null(r.location);
    assert_false(r.has_length || r.has_range || r.has_retry_after);
    assert_true(r.head_size > size);
    assert_int_equal(take(&r, "WWW-Authenticate: Basic realm=x\r\n"), 0);
    assert_int_equal(take(&r, "WWW-Authenticate: Bearer realm=\"y\"\r\n"), 0);
    assert_true(r.challenge.basic && r.challenge.bearer && !r.bad_challenge);
    assert_int_equal(take(&r, "WWW-Authenticate: Bearer realm=\"\r\n"), 0);
    assert_true(r.bad_challenge);
    response_reset(&r);
}

static void bad_heads(void **state)
{
    (void)state;
    struct response r = {0};
    assert_int_equal(take(&r, "HTTP/1.1 2000 OK"), 0);
    assert_int_equal(r.status, 0);
    assert_int_equal(take(&r, "HTTP/1.1 200 OK"), 0);
    assert_int_equal(take(&r, "Content-Length: -1"), -EBADMSG);
    assert_int_equal(take(&r, "Content-Length: 1"), 0);
    assert_int_equal(take(&r, "Content-Length: 2"), -EBADMSG);
    assert_int_equal(take(&r, "Content-Type: nonsense"), 0);
    assert_string_equal(r.media_type, "");
    assert_int_equal(take(&r, "Docker-Content-Digest: md5:x"), 0);
    assert_string_equal(r.digest.hex, "");
    assert_int_equal(response_take_line(&r, "Location: a\0b", 13, 0), -EBADMSG);
    char large[30000];
    memset(large, 'x', sizeof(large));
    assert_int_equal(response_take_line(&r, large, sizeof(large), 0), -E2BIG);
    response_reset(&r);
    r.head_size = 0;
    int error = 0;
    for (size_t i = 0; i < RESPONSE_HEAD_MAX / 1000 + 2 && error == 0; i++)
        error = response_take_line(&r, large, 1000, 0);
    assert_int_equal(error, -E2BIG);
    response_reset(&r);
}

static void notes_are_bounded(void **state)
{
    (void)state;
    struct response r = {0};
    char data[1000];
    memset(data, 'x', sizeof(data));
    for (int i = 0; i < 10; i++)
        response_note(&r, data, sizeof(data));
    assert_int_equal(r.note_size, RESPONSE_NOTE_MAX);
    response_reset(&r);
    assert_int_equal(r.note_size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head),
        cmocka_unit_test(bad_heads),
        cmocka_unit_test(notes_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
