/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "formats/port_spec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *text, *wanted; /* "ADDRESS HOST-HOST CONTAINER/PROTOCOL;.."; NULL: refused */
};

static char *describe(const struct port_list *list)
{
    autotext struct text t = {0};
    for (size_t i = 0; i < list->count; i++) {
        const struct port_spec *p = &list->items[i];
        text_printf(&t, "%s%s%s %u-%u %u/%s", i ? ";" : "", p->address, p->ipv6 ? "(6)" : "", p->host_first,
                    p->host_last, p->container, port_protocol_name(p->protocol));
    }
    return text_take(&t);
}

static void check_rows(int (*parse)(const char *, struct port_list *, struct failure *),
                       const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        autoports struct port_list list = {0};
        struct failure f = {0};
        int r = parse(rows[i].text, &list, &f);
        if (!rows[i].wanted) {
            if (r != -EINVAL || f.text[0] == '\0' || list.count != 0)
                fail_msg("%s: %d", rows[i].text, r);
            continue;
        }
        if (r < 0)
            fail_msg("%s: %s", rows[i].text, f.text);
        autofree char *said = describe(&list);
        assert_string_equal(said, rows[i].wanted);
    }
}

static void test_publish(void **state)
{
    const struct row rows[] = {
        {"80", " 0-0 80/tcp"},
        {"8080:80", " 8080-8080 80/tcp"},
        {"8080:80/udp", " 8080-8080 80/udp"},
        {"8080:80/TCP", " 8080-8080 80/tcp"},
        {"127.0.0.1:8080:80", "127.0.0.1 8080-8080 80/tcp"},
        {"127.0.0.1::80", "127.0.0.1 0-0 80/tcp"},
        {"0.0.0.0:8080:80", " 8080-8080 80/tcp"},
        {":8080:80", " 8080-8080 80/tcp"},
        {":80", " 0-0 80/tcp"},
        {"0:80", " 0-0 80/tcp"},
        {"[::1]:8080:80", "::1(6) 8080-8080 80/tcp"},
        {"[0:0::1]::80/udp", "::1(6) 0-0 80/udp"},
        {"[::]:80:80", "::(6) 80-80 80/tcp"},
        {"8000-8002:80-82", " 8000-8000 80/tcp; 8001-8001 81/tcp; 8002-8002 82/tcp"},
        {"8000-8010:80", " 8000-8010 80/tcp"},
        {"80-81", " 0-0 80/tcp; 0-0 81/tcp"},
        {"65535:65535", " 65535-65535 65535/tcp"},
        {"", NULL},
        {"http", NULL},
        {"0", NULL},
        {"65536", NULL},
        {"-1", NULL},
        {"+80", NULL},
        {" 80", NULL},
        {"80/icmp", NULL},
        {"80/", NULL},
        {"8080:", NULL},
        {"x:80", NULL},
        {"82-80", NULL},
        {"80-", NULL},
        {"0-5:80", NULL},
        {"8000-8001:80-82", NULL},
        {"8000:80-82", NULL},
        {"localhost:8080:80", NULL},
        {"127.0.0.256:8080:80", NULL},
        {"127.1:8080:80", NULL},
        {"::1:8080:80", NULL},
        {"[::1]8080:80", NULL},
        {"[::1]:80", NULL},
        {"[::1:80:80", NULL},
        {"[fe80::1%eth0]:80:80", NULL},
        {"1.2.3.4:5:6:7", NULL},
    };
    check_rows(port_spec_parse, rows, ARRAY_SIZE(rows));
}

static void test_expose(void **state)
{
    const struct row rows[] = {
        {"80", " 0-0 80/tcp"},
        {"53/udp", " 0-0 53/udp"},
        {"80-81/tcp", " 0-0 80/tcp; 0-0 81/tcp"},
        {"8080:80", NULL},
        {"", NULL},
        {"0/tcp", NULL},
    };
    check_rows(port_spec_parse_exposed, rows, ARRAY_SIZE(rows));
}

static void test_conflicts(void **state)
{
    const struct {
        const char *a, *b;
        int error;
    } rows[] = {
        {"8080:80", "8080:81", -EEXIST},
        {"8080:80", "0.0.0.0:8080:80", -EEXIST},
        {"8080:80", "8080:80/udp", 0},
        {"8080:80", "127.0.0.1:8080:80", 0},
        {"80", "80", 0},
        {"[::]:80:80", "80:80", 0},
        {"8000-8001:80-81", "8001:90", -EEXIST},
        {"8000-8005:80", "8000-8005:81", 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autoports struct port_list list = {0};
        struct failure f = {0};
        assert_int_equal(port_spec_parse(rows[i].a, &list, &f), 0);
        assert_int_equal(port_spec_parse(rows[i].b, &list, &f), 0);
        assert_int_equal(port_list_check(&list, &f), rows[i].error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_publish),
        cmocka_unit_test(test_expose),
        cmocka_unit_test(test_conflicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
