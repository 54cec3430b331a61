/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/network_leases.h"

#include "base/strings.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#define HEAD "unroot-network 1\nbridge unroot0\nsubnet 10.87.0.0/16\nlast 10.87.0.3\n"
#define LEASE "lease a1 web 10.87.0.2 unroot0-719c0c active\n"

static int parse(const char *file, struct network_leases *leases)
{
    autoreport struct report report = {0};
    int r = network_leases_parse("leases", file, strlen(file), &report, leases);
    assert_int_equal(report.count, r == -EINVAL ? 1 : 0);
    return r;
}

static void test_reads_what_it_writes(void **state)
{
    static const char FILE_TEXT[] = HEAD LEASE "port 0.0.0.0 tcp 8080 80\nport 127.0.0.1 udp 53 5353\n"
                                               "lease b-2_.x - 10.87.255.254 unroot0-000001 leaving\n"
                                               "lease c web 10.87.1.0 unroot0-000002 closed\n";
    autoleases struct network_leases leases = {0};
    autotext struct text text = {0};
    assert_int_equal(parse(FILE_TEXT, &leases), 0);
    assert_int_equal(leases.count, 3);
    assert_string_equal(leases.bridge, "unroot0");
    assert_int_equal(leases.subnet, 0x0a570000);
    assert_int_equal(leases.items[0].port_count, 2);
    assert_int_equal(leases.items[0].ports[1].address, 0x7f000001);
    assert_int_equal(leases.items[0].ports[1].protocol, IPPROTO_UDP);
    assert_int_equal(leases.items[1].state, LEASE_LEAVING);
    assert_string_equal(leases.items[1].name, "");
    assert_int_equal(leases.items[2].state, LEASE_CLOSED);
    network_leases_write(&leases, &text);
    assert_string_equal(text_peek(&text), FILE_TEXT);
}

static void test_an_empty_file_is_an_empty_list(void **state)
{
    autoleases struct network_leases leases = {0};
    assert_int_equal(parse("", &leases), 0);
    assert_int_equal(leases.count, 0);
    assert_string_equal(leases.bridge, "");
}

static void test_bad_files(void **state)
{
    static const char *const BAD[] = {
        "unroot-network 2\n",
        "bridge unroot0\n",
        HEAD "lease a1 web 10.87.0.2 unroot0-719c0c active",
        HEAD "lease a1 web 10.87.0.2 unroot0-719c0c gone\n",
        HEAD "lease a1 web 10.88.0.2 unroot0-719c0c active\n",
        HEAD "lease a1 web 10.87.0.1 unroot0-719c0c active\n",
        HEAD "lease ../x web 10.87.0.2 unroot0-719c0c active\n",
        HEAD "lease .. web 10.87.0.2 unroot0-719c0c active\n",
        HEAD "lease a1 web 10.87.0.2 unroot0-719c0c-long active\n",
        HEAD "lease a1 web 10.87.0.2 a/b active\n",
        HEAD LEASE LEASE,
        HEAD "port 0.0.0.0 tcp 1 1\n",
        HEAD LEASE "port 0.0.0.0 tcp 0 1\n",
        HEAD LEASE "port 0.0.0.0 tcp 1 65536\n",
        HEAD LEASE "port 0.0.0.0 icmp 1 1\n",
        HEAD LEASE "port 0.0.0 tcp 1 1\n",
        HEAD LEASE "port 0.0.0.0 tcp 1 1 1 1 1\n",
        HEAD "\n",
        HEAD "bridge unroot1\n",
        "unroot-network 1\nsubnet 10.87.1.0/16\n",
        "unroot-network 1\nsubnet 10.87.0.0/24\n",
        "unroot-network 1\nlease a1 web 10.87.0.2 unroot0-719c0c active\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++) {
        autoleases struct network_leases leases = {0};
        if (parse(BAD[i], &leases) != -EINVAL)
            fail_msg("accepted: %s", BAD[i]);
        assert_null(leases.items);
    }
}

static void test_ports_collide(void **state)
{
    autoleases struct network_leases leases = {0};
    assert_int_equal(parse(HEAD LEASE "port 0.0.0.0 tcp 8080 80\nport 127.0.0.1 tcp 81 80\n", &leases), 0);
    const struct lease_port any = {.protocol = IPPROTO_TCP, .host_port = 81};
    const struct lease_port same = {.address = 0x7f000001, .protocol = IPPROTO_TCP, .host_port = 81};
    const struct lease_port other = {.address = 0x7f000002, .protocol = IPPROTO_TCP, .host_port = 81};
    const struct lease_port udp = {.protocol = IPPROTO_UDP, .host_port = 8080};
    const struct lease_port one = {.address = 0x7f000002, .protocol = IPPROTO_TCP, .host_port = 8080};
    assert_ptr_equal(network_leases_find_port(&leases, &any), leases.items);
    assert_ptr_equal(network_leases_find_port(&leases, &same), leases.items);
    assert_null(network_leases_find_port(&leases, &other));
    assert_null(network_leases_find_port(&leases, &udp));
    assert_ptr_equal(network_leases_find_port(&leases, &one), leases.items);
    leases.items[0].state = LEASE_LEAVING;
    assert_null(network_leases_find_port(&leases, &one));
}

static void test_addresses_go_round(void **state)
{
    autoleases struct network_leases leases = {0};
    uint32_t address = 0;
    assert_int_equal(parse(HEAD LEASE, &leases), 0);
    assert_int_equal(network_leases_choose_address(&leases, &address), 0);
    assert_int_equal(address, 0x0a570004);
    leases.last = leases.subnet + 0xfffe; /* the last one: 10.87.0.2 is taken, so .3 */
    assert_int_equal(network_leases_choose_address(&leases, &address), 0);
    assert_int_equal(address, 0x0a570003);
    leases.last = 0;
    assert_int_equal(network_leases_choose_address(&leases, &address), 0);
    assert_int_equal(address, 0x0a570003);
}

static void test_an_address_is_given_again(void **state)
{
    static const char *const not_free[] = {"10.87.0.2", "10.87.0.1", "10.87.0.0", "10.87.255.255",
                                           "10.88.0.3", "10.86.0.3", "",          "10.87.0.3/16"};
    autoleases struct network_leases leases = {0};
    uint32_t address = 0;
    assert_int_equal(parse(HEAD LEASE, &leases), 0);
    for (size_t i = 0; i < ARRAY_SIZE(not_free); i++)
        assert_false(network_leases_find_address(&leases, not_free[i], &address));
    assert_int_equal(address, 0);
    assert_true(network_leases_find_address(&leases, "10.87.0.9", &address));
    assert_int_equal(address, 0x0a570009);
    assert_true(network_leases_find_address(&leases, "10.87.255.254", &address));
}

static void test_a_full_subnet_is_told(void **state)
{
    autoleases struct network_leases leases = {.subnet = 0x0a570000};
    uint32_t address = 1;
    leases.count = 0xfffd;
    leases.items = calloc(leases.count, sizeof(*leases.items));
    assert_non_null(leases.items);
    for (size_t i = 0; i < leases.count; i++)
        leases.items[i].address = leases.subnet + 2 + (uint32_t)i;
    assert_int_equal(network_leases_choose_address(&leases, &address), -ENOSPC);
    assert_int_equal(address, 1);
    leases.items[leases.count - 1].address = 0;
    assert_int_equal(network_leases_choose_address(&leases, &address), 0);
    assert_int_equal(address, 0x0a57fffe);
}

static void test_removal_keeps_the_others(void **state)
{
    autoleases struct network_leases leases = {0};
    assert_int_equal(
        parse(HEAD LEASE "port 0.0.0.0 tcp 8080 80\nlease b - 10.87.0.3 unroot0-000001 active\n", &leases),
        0);
    network_leases_remove(&leases, &leases.items[0]);
    assert_int_equal(leases.count, 1);
    assert_string_equal(leases.items[0].id, "b");
    assert_null(network_leases_find(&leases, "a1"));
}

static void test_hardware_addresses(void **state)
{
    uint8_t mac[6];
    const uint8_t expected[] = {0x0e, 0x75, 10, 87, 0, 2};
    network_mac_of(0x0a570002, mac);
    assert_memory_equal(mac, expected, sizeof(mac));
    assert_int_equal(mac[0] & 3, 2); /* locally administered, unicast */
}

static void test_ids(void **state)
{
    assert_true(network_id_is_valid("Web_1.a-b"));
    assert_true(network_id_is_valid("0123456789012345678901234567890123456789012345678901234567890123"));
    assert_false(network_id_is_valid("01234567890123456789012345678901234567890123456789012345678901234"));
    assert_false(network_id_is_valid(""));
    assert_false(network_id_is_valid("a b"));
    assert_false(network_id_is_valid("a/b"));
    assert_false(network_id_is_valid("."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_it_writes),
        cmocka_unit_test(test_an_empty_file_is_an_empty_list),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_ports_collide),
        cmocka_unit_test(test_addresses_go_round),
        cmocka_unit_test(test_a_full_subnet_is_told),
        cmocka_unit_test(test_an_address_is_given_again),
        cmocka_unit_test(test_removal_keeps_the_others),
        cmocka_unit_test(test_hardware_addresses),
        cmocka_unit_test(test_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
