/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/fetch_message.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "\"digest\":\"sha256:" HEX "\""

static int decode(const char *text, struct fetch_request *ret_request)
{
    return fetch_request_decode(text, strlen(text), ret_request);
}

static void refused(const char *text)
{
    struct fetch_request r;
    if (decode(text, &r) != -EBADMSG)
        fail_msg("accepted: %s", text);
}

/* Accepted, and written as it was read. */
static void same(const char *text, int descriptors)
{
    autofetchrequest struct fetch_request r = {0};
    autofree char *again = NULL;
    size_t size = 0;
    if (decode(text, &r) != 0)
        fail_msg("refused: %s", text);
    assert_int_equal(fetch_request_encode(&r, &again, &size), 0);
    assert_string_equal(again, text);
    assert_int_equal(size, strlen(text));
    assert_int_equal(fetch_request_descriptors(&r), descriptors);
}

static void requests_come_back(void **state)
{
    (void)state;
    same("{\"request\":\"session\",\"session\":1,\"host\":\"localhost:5000\"}", 0);
    same("{\"request\":\"session\",\"session\":4294967295,\"host\":\"registry.example\",\"repository\":\"a/"
         "b\","
         "\"insecure\":true,\"ca\":true,\"push\":true,\"credentials\":\"password\",\"user\":\"me\","
         "\"secret\":\"p:\xc3\xa4 ss\",\"http-proxy\":\"http://10.0.0.1:3128\",\"no-proxy\":\"a, b\","
         "\"user-agent\":\"unroot/"
         "1\",\"attempts\":3,\"stall-seconds\":1,\"stall-rate\":5,\"connect-seconds\":9}",
         1);
    same("{\"request\":\"session\",\"session\":1,\"host\":\"[::1]:5000\",\"plain-http\":true,\"credentials\":"
         "\"identity-token\",\"secret\":\"x\"}",
         0);
    same(
        "{\"request\":\"session\",\"session\":1,\"host\":\"a.test\",\"client-certificate\":"
        "\"-----BEGIN CERTIFICATE-----\\nAAAA\\n\",\"client-key\":\"-----BEGIN PRIVATE KEY-----\\nAAAA\\n\"}",
        0);
    same("{\"request\":\"end-session\",\"session\":1}", 0);
    same("{\"request\":\"ping\",\"id\":9,\"session\":1}", 0);
    same("{\"request\":\"get-manifest\",\"id\":1,\"session\":1,\"target\":\"latest\",\"accept\":[\"a/b\",\"c/"
         "d+json\"]}",
         1);
    same("{\"request\":\"head-manifest\",\"id\":1,\"session\":1,\"target\":\"sha256:" HEX
         "\",\"accept\":[\"a/b\"]}",
         0);
    same("{\"request\":\"get-blob\",\"id\":1,\"session\":1," DIGEST ",\"size\":10,\"offset\":10}", 1);
    same("{\"request\":\"get-blob\",\"id\":1,\"session\":1," DIGEST "}", 1);
    same("{\"request\":\"head-blob\",\"id\":1,\"session\":1," DIGEST "}", 0);
    same("{\"request\":\"mount-blob\",\"id\":1,\"session\":1," DIGEST ",\"from\":\"b/c\"}", 0);
    same("{\"request\":\"put-blob\",\"id\":1,\"session\":1," DIGEST ",\"size\":10,\"chunk-size\":3}", 1);
    same("{\"request\":\"put-manifest\",\"id\":1,\"session\":1,\"target\":\"v1\",\"size\":10,\"media-type\":"
         "\"a/b\"}",
         1);
    same("{\"request\":\"list-tags\",\"id\":1,\"session\":1}", 1);
    same("{\"request\":\"cancel\",\"id\":1}", 0);
}

static void other_requests_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"request\":\"ping\"}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a.test\",\"client-key\":\"-----BEGIN X-----\"}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a.test\",\"client-certificate\":\"-----BEGIN "
        "X-----\"}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a.test\",\"client-certificate\":\"x\",\"client-"
        "key\":\"x\"}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a.test\",\"plain-http\":true,\"client-"
        "certificate\":"
        "\"-----BEGIN X-----\",\"client-key\":\"-----BEGIN X-----\"}",
        "{\"request\":\"ping\",\"id\":0,\"session\":1}",
        "{\"request\":\"ping\",\"id\":-1,\"session\":1}",
        "{\"request\":\"ping\",\"id\":4294967296,\"session\":1}",
        "{\"request\":\"ping\",\"id\":1.0,\"session\":1}",
        "{\"request\":\"ping\",\"id\":\"1\",\"session\":1}",
        "{\"request\":\"ping\",\"id\":1,\"session\":1,\"target\":\"latest\"}",
        "{\"request\":\"ping\",\"id\":1,\"session\":1,\"extra\":null}",
        "{\"request\":\"pong\",\"id\":1,\"session\":1}",
        "{\"request\":\"cancel\",\"id\":1,\"session\":1}",
        "{\"request\":\"end-session\",\"session\":0}",
        "{\"request\":\"list-tags\",\"session\":1}",
        "{\"request\":\"session\",\"session\":1}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a/b\"}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"user@a\"}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a?b\"}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a\",\"repository\":\"../x\"}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a\",\"repository\":\"A\"}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a\",\"insecure\":false}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a\",\"plain-http\":true,\"insecure\":true}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a\",\"user\":\"me\"}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a\",\"credentials\":\"password\",\"user\":\"me\"}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a\",\"credentials\":\"password\",\"user\":\"m:e\","
        "\"secret\":\"x\"}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a\",\"credentials\":\"password\",\"user\":\"me\","
        "\"secret\":\"x\\r\\ny\"}",
        "{\"request\":\"session\",\"session\":1,\"host\":\"a\",\"user-agent\":\"a\\nb\"}",
        "{\"request\":\"get-blob\",\"id\":1,\"session\":1," DIGEST ",\"size\":10,\"offset\":11}",
        "{\"request\":\"get-blob\",\"id\":1,\"session\":1,\"digest\":\"sha256:abc\",\"size\":10}",
        "{\"request\":\"get-blob\",\"id\":1,\"session\":1,\"digest\":\"\",\"size\":10}",
        "{\"request\":\"get-blob\",\"id\":1,\"session\":1," DIGEST ",\"size\":9223372036854775808}",
        "{\"request\":\"get-manifest\",\"id\":1,\"session\":1,\"target\":\"latest\"}",
        "{\"request\":\"get-manifest\",\"id\":1,\"session\":1,\"target\":\"la/test\",\"accept\":[\"a/b\"]}",
        "{\"request\":\"get-manifest\",\"id\":1,\"session\":1,\"target\":\"latest\",\"accept\":[\"a/b, "
        "*/*\"]}",
        "{\"request\":\"get-manifest\",\"id\":1,\"session\":1,\"target\":\"latest\",\"accept\":[]}",
        "{\"request\":\"mount-blob\",\"id\":1,\"session\":1," DIGEST ",\"from\":\"b&c\"}",
        "{\"request\":\"put-manifest\",\"id\":1,\"session\":1,\"target\":\"v1\",\"media-type\":\"a/b\"}",
        "{\"request\":\"put-manifest\",\"id\":1,\"session\":1,\"target\":\"v1\",\"size\":4194305,\"media-"
        "type\":"
        "\"a/b\"}",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        refused(bad[i]);
    autofree char *large = calloc(1, FETCH_MESSAGE_MAX + 2);
    memset(large, ' ', FETCH_MESSAGE_MAX + 1);
    refused(large);
}

static void nonsense_is_not_written(void **state)
{
    (void)state;
    char *text;
    size_t size;
    char repository[] = "a b", host[] = "h", latin[] = "\xe4", user[] = "u";
    struct fetch_request r = {.verb = FETCH_PING, .session = 1};
    assert_int_equal(fetch_request_encode(&r, &text, &size), -EINVAL);
    r = (struct fetch_request){
        .verb = FETCH_SESSION, .session = 1, .settings = {.host = host, .repository = repository}};
    assert_int_equal(fetch_request_encode(&r, &text, &size), -EINVAL);
    r.settings =
        (struct fetch_session){.host = host, .credentials = FETCH_PASSWORD, .user = user, .secret = latin};
    assert_int_equal(fetch_request_encode(&r, &text, &size), -EINVAL); /* no UTF-8 */
    r.verb = FETCH_VERB_COUNT;
    assert_int_equal(fetch_request_encode(&r, &text, &size), -EINVAL);
}

static void reply_same(const char *text)
{
    struct fetch_reply r;
    autofree char *again = NULL;
    size_t size;
    if (fetch_reply_decode(text, strlen(text), &r) != 0)
        fail_msg("refused: %s", text);
    assert_int_equal(fetch_reply_encode(&r, &again, &size), 0);
    assert_string_equal(again, text);
}

static void replies_come_back(void **state)
{
    (void)state;
    reply_same("{\"reply\":\"ready\"}");
    reply_same("{\"reply\":\"failed\",\"text\":\"why\"}");
    reply_same("{\"reply\":\"answer\",\"id\":1,\"error\":\"ok\"}");
    reply_same("{\"reply\":\"answer\",\"id\":1,\"error\":\"ok\",\"status\":200,\"media-type\":\"a/b\"," DIGEST
               ",\"size\":9223372036854775807,\"mounted\":true}");
    reply_same(
        "{\"reply\":\"answer\",\"id\":1,\"error\":\"rate-limited\",\"text\":\"no\",\"status\":429,\"wait-"
        "seconds\":7}");
    reply_same("{\"reply\":\"progress\",\"id\":1,\"state\":\"connecting\"}");
    reply_same("{\"reply\":\"progress\",\"id\":1,\"text\":\"x\",\"wait-seconds\":3,\"state\":\"waiting\","
               "\"bytes\":9}");
}

static void other_replies_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "null",
        "{\"reply\":\"ready\",\"id\":1}",
        "{\"reply\":\"failed\"}",
        "{\"reply\":\"answer\",\"id\":1}",
        "{\"reply\":\"answer\",\"error\":\"ok\"}",
        "{\"reply\":\"answer\",\"id\":1,\"error\":\"ok\",\"text\":\"x\"}",
        "{\"reply\":\"answer\",\"id\":1,\"error\":\"tls\"}",
        "{\"reply\":\"answer\",\"id\":1,\"error\":\"odd\",\"text\":\"x\"}",
        "{\"reply\":\"answer\",\"id\":1,\"error\":\"ok\",\"status\":1000}",
        "{\"reply\":\"answer\",\"id\":1,\"error\":\"ok\",\"media-type\":\"text\"}",
        "{\"reply\":\"progress\",\"id\":1}",
        "{\"reply\":\"progress\",\"id\":1,\"state\":\"done\"}",
        "{\"reply\":\"progress\",\"id\":1,\"state\":\"waiting\",\"size\":1}",
    };
    struct fetch_reply r;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (fetch_reply_decode(bad[i], strlen(bad[i]), &r) != -EBADMSG)
            fail_msg("accepted: %s", bad[i]);
    char long_text[FAILURE_TEXT_SIZE + 100], x[FAILURE_TEXT_SIZE + 1] = "";
    memset(x, 'x', FAILURE_TEXT_SIZE);
    (void)snprintf(long_text, sizeof(long_text), "{\"reply\":\"failed\",\"text\":\"%s\"}", x);
    assert_int_equal(fetch_reply_decode(long_text, strlen(long_text), &r), -EBADMSG);
}

static void sentences_become_printable(void **state)
{
    (void)state;
    static const char text[] = "{\"reply\":\"failed\",\"text\":\"a\\u001b[2Jb\\n\\u009bc\"}";
    struct fetch_reply r;
    assert_int_equal(fetch_reply_decode(text, strlen(text), &r), 0);
    for (const char *p = r.text; *p; p++)
        assert_true(*p >= ' ');
}

static void names(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FETCH_VERB_COUNT; i++)
        assert_non_null(fetch_verb_name((enum fetch_verb)i));
    for (unsigned i = 0; i < FETCH_ERROR_COUNT; i++)
        assert_non_null(fetch_error_name((enum fetch_error)i));
    for (unsigned i = 0; i < FETCH_STATE_COUNT; i++)
        assert_non_null(fetch_state_name((enum fetch_state)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_come_back),
        cmocka_unit_test(other_requests_are_refused),
        cmocka_unit_test(nonsense_is_not_written),
        cmocka_unit_test(replies_come_back),
        cmocka_unit_test(other_replies_are_refused),
        cmocka_unit_test(sentences_become_printable),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
