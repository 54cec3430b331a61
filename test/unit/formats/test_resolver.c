/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/resolver.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#define STUB "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch home\n"
#define UPSTREAM "nameserver 192.0.2.53\nsearch upstream.example\n"

static struct strings list_of(const char *a, const char *b)
{
    struct strings s = {0};
    assert_int_equal(a ? strings_add(&s, a) : 0, 0);
    assert_int_equal(b ? strings_add(&s, b) : 0, 0);
    return s;
}

static void check_resolver(const struct resolver_request *request, const char *expected, size_t servers)
{
    autotext struct text text = {0};
    struct failure f = {0};
    size_t count = 99;
    assert_int_equal(resolver_write(request, &text, &count, &f), 0);
    assert_string_equal(text_peek(&text), expected);
    assert_int_equal(count, servers);
}

static void test_host_file_is_taken(void **state)
{
    const struct resolver_request r = {
        .host_resolv_conf =
            "# made by hand\n  nameserver 192.0.2.1 # first\nnameserver\t192.0.2.2\n"
            "domain old\nsearch a.example b.example\noptions ndots:2\noptions rotate\nsortlist x\n"};
    check_resolver(
        &r,
        "nameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch a.example b.example\noptions ndots:2 rotate\n",
        2);
}

static void test_unreachable_servers_are_left_out(void **state)
{
    const struct resolver_request r = {
        .host_resolv_conf =
            "nameserver 127.0.0.1\nnameserver ::1\nnameserver 0.0.0.0\nnameserver fe80::1%eth0\n"
            "nameserver 2001:db8::1\nnameserver nonsense\nnameserver 192.0.2.1\n"};
    check_resolver(&r, "nameserver 192.0.2.1\n", 1);
}

static void test_host_network_keeps_all(void **state)
{
    const struct resolver_request r = {
        .host_resolv_conf = STUB, .upstream_resolv_conf = UPSTREAM, .host_network = true};
    check_resolver(&r, "nameserver 127.0.0.53\nsearch home\noptions edns0 trust-ad\n", 1);
}

static void test_stub_gives_way_to_upstream(void **state)
{
    const struct resolver_request r = {.host_resolv_conf = STUB, .upstream_resolv_conf = UPSTREAM};
    check_resolver(&r, "nameserver 192.0.2.53\nsearch upstream.example\n", 1);
    /* One server that can be reached: the file is good as it is. */
    const struct resolver_request mixed = {.host_resolv_conf =
                                               "nameserver 127.0.0.53\nnameserver 192.0.2.9\n",
                                           .upstream_resolv_conf = UPSTREAM};
    check_resolver(&mixed, "nameserver 192.0.2.9\n", 1);
}

static void test_no_server_is_told(void **state)
{
    const struct resolver_request r = {.host_resolv_conf = STUB};
    check_resolver(&r, "search home\noptions edns0 trust-ad\n", 0);
    const struct resolver_request none = {0};
    check_resolver(&none, "", 0);
}

static void test_what_is_asked_for_wins(void **state)
{
    autostrings struct strings dns = list_of("127.0.0.1", "2001:db8::53"),
                               search = list_of("x.example", NULL);
    autostrings struct strings no_search = list_of(".", NULL);
    const struct resolver_request r = {.host_resolv_conf =
                                           "nameserver 192.0.2.1\nsearch old\noptions rotate\n",
                                       .dns = &dns,
                                       .dns_search = &search};
    check_resolver(&r, "nameserver 127.0.0.1\nnameserver 2001:db8::53\nsearch x.example\noptions rotate\n",
                   2);
    const struct resolver_request bare = {.host_resolv_conf = "nameserver 192.0.2.1\nsearch old\n",
                                          .dns_search = &no_search};
    check_resolver(&bare, "nameserver 192.0.2.1\n", 1);
}

static void check_refused(const char *dns, const char *search)
{
    autostrings struct strings dns_list = list_of(dns, NULL), search_list = list_of(search, NULL);
    autotext struct text text = {0};
    struct failure f = {0};
    size_t count = 99;
    const struct resolver_request r = {.dns = &dns_list, .dns_search = &search_list};
    assert_int_equal(resolver_write(&r, &text, &count, &f), -EINVAL);
    assert_int_equal(count, 99);
    autofree char *shown = strdup(dns ? dns : search);
    text_make_printable(shown); /* as every sentence is */
    assert_non_null(strstr(f.text, shown));
}

static void test_bad_options_are_refused(void **state)
{
    check_refused("one.one.one.one", NULL);
    check_refused("192.0.2.1\nnameserver 198.51.100.1", NULL);
    check_refused("fe80::1%a b", NULL);
    check_refused(NULL, "a\nnameserver 198.51.100.1");
    check_refused(NULL, "a b");
    check_refused(NULL, "#x");
}

static void check_hosts(const struct hosts_request *request, const char *expected)
{
    autotext struct text text = {0};
    struct failure f = {0};
    assert_int_equal(hosts_write(request, &text, &f), 0);
    assert_string_equal(text_peek(&text), expected);
}

#define LOCAL                                                                                                \
    "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\nff02::2\tip6-"  \
    "allrouters\n"

static void test_hosts(void **state)
{
    autostrings struct strings added = list_of("db:192.0.2.7", "six=[2001:db8::1]");
    autostrings struct strings gateway = list_of("host.docker.internal:host-gateway", "six:2001:db8::2");
    const struct hosts_request own = {.hostname = "web", .name = "web", .address = "10.87.0.2"};
    check_hosts(&own, LOCAL "10.87.0.2\tweb\n");
    const struct hosts_request named = {
        .hostname = "h", .name = "web", .address = "10.87.0.2", .add_hosts = &added};
    check_hosts(&named, "192.0.2.7\tdb\n2001:db8::1\tsix\n" LOCAL "10.87.0.2\th web\n");
    const struct hosts_request none = {.hostname = "h"};
    check_hosts(&none, LOCAL "127.0.1.1\th\n");
    const struct hosts_request with_gateway = {
        .hostname = "h", .gateway = "10.87.0.1", .add_hosts = &gateway};
    check_hosts(&with_gateway, "10.87.0.1\thost.docker.internal\n2001:db8::2\tsix\n" LOCAL "127.0.1.1\th\n");
    const struct hosts_request host = {.hostname = "h", .host_hosts = "127.0.0.1 localhost machine"};
    check_hosts(&host, "127.0.0.1 localhost machine\n");
}

static void test_bad_added_hosts_are_refused(void **state)
{
    const char *const bad[] = {
        "db",      "db:",          ":192.0.2.1",      "d b:192.0.2.1",  "db:192.0.2",
        "db:[::1", "db:x.example", "db:192.0.2.1\nx", "a\nb:192.0.2.1", "db:host-gateway"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        autostrings struct strings added = list_of(bad[i], NULL);
        autotext struct text text = {0};
        struct failure f = {0};
        const struct hosts_request r = {.hostname = "h", .add_hosts = &added};
        assert_int_equal(hosts_write(&r, &text, &f), -EINVAL);
        assert_non_null(strstr(f.text, "--add-host"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_file_is_taken),
        cmocka_unit_test(test_unreachable_servers_are_left_out),
        cmocka_unit_test(test_host_network_keeps_all),
        cmocka_unit_test(test_stub_gives_way_to_upstream),
        cmocka_unit_test(test_no_server_is_told),
        cmocka_unit_test(test_what_is_asked_for_wins),
        cmocka_unit_test(test_bad_options_are_refused),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_bad_added_hosts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
