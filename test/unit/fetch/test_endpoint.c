/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/endpoint.h"

#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

static void urls(void **state)
{
    (void)state;
    static const struct {
        const char *url, *host;
        int port; /* 0: refused */
        bool https;
    } rows[] = {
        {"https://Registry.Example/v2/", "registry.example", 443, true},
        {"http://a:5000", "a", 5000, false},
        {"HTTP://[::1]:8080/x", "::1", 8080, false},
        {"https://localhost./", "localhost", 443, true},
        {"https://a.example?x=y#z", "a.example", 443, true},
        {"http://0x7f.1/", "127.0.0.1", 80, false},
        {"http://2130706433/", "127.0.0.1", 80, false},
        {"file:///etc/passwd", NULL, 0, false},
        {"ftp://a/", NULL, 0, false},
        {"gopher://a/", NULL, 0, false},
        {"unix:///run/x", NULL, 0, false},
        {"https://user@a/", NULL, 0, false},
        {"https://user:password@a/", NULL, 0, false},
        {"https://good.example\\@evil.example/", NULL, 0, false},
        {"https://", NULL, 0, false},
        {"http://a:0/", NULL, 0, false},
        {"http://a:65536/", NULL, 0, false},
        {"http://a b/", NULL, 0, false},
        {"//a/", NULL, 0, false},
        {"", NULL, 0, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct endpoint e;
        int r = endpoint_parse(rows[i].url, &e);
        if ((r == 0) != (rows[i].port != 0))
            fail_msg("%s: %d", rows[i].url, r);
        if (r < 0)
            continue;
        assert_string_equal(e.host, rows[i].host);
        assert_int_equal(e.port, rows[i].port);
        assert_int_equal(e.https, rows[i].https);
    }
    autofree char *large = calloc(1, ENDPOINT_URL_MAX + 100);
    struct endpoint e;
    memset(large, 'a', ENDPOINT_URL_MAX + 50);
    memcpy(large, "https://a/", 10);
    assert_int_equal(endpoint_parse(large, &e), -EINVAL);
}

static void locations(void **state)
{
    (void)state;
    static const struct {
        const char *base, *location, *url;
    } rows[] = {
        {"https://a/v2/x/blobs/1", "/v2/y", "https://a/v2/y"},
        {"https://a/v2/x/blobs/1", "2?s=t", "https://a/v2/x/blobs/2?s=t"},
        {"https://a:5000/v2/x", "http://b/c", "http://b/c"},
        {"https://a/v2/x", "//b/c", "https://b/c"},
        {"https://a/v2/x", "/y#part", "https://a/y"},
        {"https://a/v2/x", "../../../y", "https://a/y"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autofree char *url = NULL;
        assert_int_equal(endpoint_resolve(rows[i].base, rows[i].location, &url), 0);
        assert_string_equal(url, rows[i].url);
    }
}

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool local;
    } rows[] = {
        {"127.0.0.1", true},
        {"127.255.255.254", true},
        {"0.0.0.0", true},
        {"169.254.169.254", true},
        {"10.0.0.1", false},
        {"192.0.2.1", false},
        {"255.255.255.255", true},
        {"::1", true},
        {"::", true},
        {"fe80::1", true},
        {"2001:db8::1", false},
        {"::ffff:127.0.0.1", true},
        {"::ffff:169.254.169.254", true},
        {"::ffff:192.0.2.1", false},
        {"64:ff9b::7f00:1", true},
        {"64:ff9b::192.0.2.1", false},
        {"::127.0.0.1", true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
        bool six = strchr(rows[i].address, ':') != NULL;
        void *place = six ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr;
        assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, rows[i].address, place), 1);
        const struct sockaddr *address = six ? (const void *)&v6 : (const void *)&v4;
        if (address_is_local(address) != rows[i].local || host_is_local(rows[i].address) != rows[i].local)
            fail_msg("%s", rows[i].address);
    }
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    assert_true(address_is_local((const struct sockaddr *)&path));
    assert_true(host_is_local("localhost"));
    assert_true(host_is_local("a.localhost"));
    assert_true(host_is_local("fe80::1%eth0"));
    assert_false(host_is_local("localhost.example"));
    assert_false(host_is_local("notlocalhost"));
}

static void redirects(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        bool local_allowed, allowed;
    } rows[] = {
        {"https://a/", "https://b/", false, true},
        {"https://a/", "http://a/", false, false},
        {"http://a/", "https://a/", false, true},
        {"http://a/", "http://b/", false, true},
        {"https://a/", "https://127.0.0.1/", false, false},
        {"https://a/", "https://localhost/", false, false},
        {"https://a/", "https://[::1]/", false, false},
        {"https://a/", "https://[::1]/", true, true},
        {"http://a/", "http://169.254.169.254/", false, false},
        {"http://127.0.0.1/", "http://127.0.0.1:1/", true, true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct endpoint from, to;
        const char *reason = NULL;
        assert_int_equal(endpoint_parse(rows[i].from, &from), 0);
        assert_int_equal(endpoint_parse(rows[i].to, &to), 0);
        int r = endpoint_check_redirect(&from, &to, rows[i].local_allowed, &reason);
        if ((r == 0) != rows[i].allowed || (r != 0) != (reason != NULL))
            fail_msg("%s to %s", rows[i].from, rows[i].to);
    }
}

static void same_place(void **state)
{
    (void)state;
    struct endpoint a, b;
    static const char *const others[] = {"http://a:443/", "https://a:444/", "https://b/"};
    assert_int_equal(endpoint_parse("https://A/", &a), 0);
    assert_int_equal(endpoint_parse("https://a:443/other", &b), 0);
    assert_true(endpoint_same(&a, &b));
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        assert_int_equal(endpoint_parse(others[i], &b), 0);
        assert_false(endpoint_same(&a, &b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls),      cmocka_unit_test(locations),  cmocka_unit_test(addresses),
        cmocka_unit_test(redirects), cmocka_unit_test(same_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
